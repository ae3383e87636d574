import type { Column, Row, Value } from "./table.ts";

/** Control characters would move a terminal's cursor or break a line of a table. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** Text without control characters; for titles, labels and everything else that a user wrote. */
export function clean(text: string): string {
  return text.replace(CONTROL, " ");
}

/** A cell as people read it: `1.5523 ±0.0120`, `+0.56`, `3.48 M`, `<0.001`; empty when missing. */
export function formatCell(row: Row, column: Column): string {
  const written = row.written?.[column.id];
  if (written !== undefined) return clean(written);
  const value = row.cells[column.id] ?? null;
  const text = formatValue(value, column);
  if (column.interval === null || text === "") return text;
  const low = row.cells[column.interval.low];
  const high = row.cells[column.interval.high];
  if (typeof low !== "number" || typeof high !== "number") return text;
  return `${text} ±${((high - low) / 2).toFixed(column.digits)}`;
}

/** Cells as people read them; footnote signs behind the first. */
export function printedCells(row: Row, columns: readonly Column[]): string[] {
  return columns.map((column, index) => {
    const text = formatCell(row, column);
    return index === 0 && row.marks !== "" ? `${text} ${row.marks}` : text;
  });
}

function formatValue(value: Value, { style, digits }: Column): string {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return clean(value);
  if (style === "compact") return compact(value);
  if (style === "p") return value < 0.001 ? "<0.001" : value.toFixed(3);
  if (style === "text") return String(value);
  return fixed(value, digits, style === "signed");
}

/** Digits after the point, without "-0.00". */
export function fixed(value: number, digits: number, signed = false): string {
  const text = value.toFixed(digits);
  const plain = Number(text) === 0 ? text.replace("-", "") : text;
  return signed && Number(text) > 0 ? `+${plain}` : plain;
}

/** A share as a percentage without its sign for per cent: 0.00378 is `0.38`. */
export function percent(share: number, digits = 2, signed = false): string {
  return fixed(100 * share, digits, signed);
}

/** Three significant digits and a suffix: 3480000 is `3.48 M`. */
export function compact(value: number): string {
  const scales: [number, string][] = [
    [1e12, " T"],
    [1e9, " G"],
    [1e6, " M"],
    [1e3, " k"],
  ];
  for (const [scale, suffix] of scales) {
    // 999.6 k rounds to 1.00 M, not to 1000 k.
    if (Math.abs(value) >= 0.9995 * scale) return `${significant(value / scale)}${suffix}`;
  }
  return significant(value);
}

function significant(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1000) return String(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

/** A column's header with its unit. */
export function headerOf(column: Column): string {
  const unit = column.unit === "" ? "" : `, ${column.unit}`;
  return `${clean(column.header)}${unit}`;
}
