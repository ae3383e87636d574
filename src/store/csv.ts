/** Cells of the project's CSV files: numbers round-trip exactly, missing is empty, no text is taken for a formula. */

/** A formula's first character, behind any quotes that this file put before it. */
const FORMULA = /^'*[=+\-@\t\r]/;

/** A cell as written: a string with a formula's first character gets a quote before it, as spreadsheets want it. */
export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return "";
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  return FORMULA.test(value) ? `'${value}` : value;
}

/** The text that `csvCell` wrote. */
export function csvText(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}
