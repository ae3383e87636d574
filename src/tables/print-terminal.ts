import picocolors from "picocolors";
import stringWidth from "string-width";
import { clean, formatCell, headerOf } from "./format.ts";
import { columnsFor, type Column, type Table } from "./table.ts";
import { longestWord, wrapWithin } from "./wrap.ts";

/** Where a table is printed. */
export interface Page {
  /** Width in characters. */
  readonly columns: number;
  readonly color: boolean;
}

/** A printed column: its header and cells as text, and how wide it is. */
interface Strip {
  readonly column: Column;
  readonly header: string;
  readonly cells: readonly string[];
  readonly width: number;
}

const GAP = "  ";
/** Narrower than this text columns are not wrapped. */
const LEAST_TEXT = 10;

/**
 * A table for a terminal: numbers to the right, text wrapped. Where not all columns fit side by side, they are printed in
 * blocks below each other, each with the first column; the parts that belong together stay together.
 */
export function printTerminal(table: Table, page: Page): string {
  const colors = picocolors.createColors(page.color);
  const strips = columnsFor(table, "print").map((column, index): Strip => {
    const cells = table.rows.map((row) => {
      const text = formatCell(row, column);
      return index === 0 && row.marks !== "" ? `${text} ${row.marks}` : text;
    });
    return { column, header: headerOf(column), cells, width: 0 };
  });
  const blocks = blocksOf(strips, page.columns).map((block) => printBlock(block, colors));
  const prose = (texts: readonly string[]): string =>
    texts.map((text) => wrapWithin(clean(text), page.columns).join("\n")).join("\n");
  return [
    wrapWithin(clean(table.title), page.columns).map(colors.bold).join("\n"),
    prose(table.lead),
    ...blocks,
    wrapNotes(table.notes, page.columns).map(colors.dim).join("\n"),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

/** Divides columns into blocks that fit, and gives each its width. */
function blocksOf(strips: readonly Strip[], room: number): readonly (readonly Strip[])[] {
  const whole = fit(strips, room, naturalWidth);
  if (whole !== null) return [whole];
  const [label, ...rest] = strips;
  if (label === undefined) return [];
  const blocks: Strip[][] = [];
  let current: Strip[] = [];
  for (const strip of rest) {
    const apart = current.at(-1) !== undefined && current.at(-1)?.column.panel !== strip.column.panel;
    if (apart || (current.length > 0 && fit([label, ...current, strip], room, leastWidth) === null)) {
      blocks.push(current);
      current = [];
    }
    current.push(strip);
  }
  blocks.push(current);
  return blocks.map((block) => {
    const all = [label, ...block];
    return fit(all, room, naturalWidth) ?? fit(all, room, leastWidth) ?? narrow(all, room);
  });
}

/** Widths for columns side by side, text growing from `start` to its natural width while there is room; null if too wide. */
function fit(
  strips: readonly Strip[],
  room: number,
  start: (strip: Strip) => number,
): readonly Strip[] | null {
  const widths = strips.map(start);
  let spare = room - widths.reduce((sum, width) => sum + width, 0) - GAP.length * (strips.length - 1);
  if (spare < 0) return null;
  for (let grown = true; grown && spare > 0;) {
    grown = false;
    strips.forEach((strip, index) => {
      const width = widths[index] ?? 0;
      if (spare > 0 && width < naturalWidth(strip)) {
        widths[index] = width + 1;
        spare -= 1;
        grown = true;
      }
    });
  }
  return strips.map((strip, index) => ({ ...strip, width: widths[index] ?? 0 }));
}

/** Widths where not even the least ones fit: the labels give way, down to a few characters. */
function narrow(strips: readonly Strip[], room: number): readonly Strip[] {
  const [label, ...rest] = strips.map((strip) => ({ ...strip, width: leastWidth(strip) }));
  if (label === undefined) return [];
  const others = rest.reduce((sum, { width }) => sum + GAP.length + width, 0);
  return [{ ...label, width: Math.min(label.width, Math.max(LEAST_TEXT, room - others)) }, ...rest];
}

/** Cells on one line each; headers wrap. */
function naturalWidth(strip: Strip): number {
  return Math.max(...strip.cells.map((cell) => stringWidth(cell)), longestWord(strip.header));
}

function leastWidth(strip: Strip): number {
  if (strip.column.align === "right") return naturalWidth(strip);
  const words = Math.max(LEAST_TEXT, ...strip.cells.map(longestWord), longestWord(strip.header));
  return Math.min(naturalWidth(strip), words);
}

function printBlock(block: readonly Strip[], colors: ReturnType<typeof picocolors.createColors>): string {
  const line = (texts: readonly string[], paint: (text: string, column: Column) => string): string[] => {
    const wrapped = block.map((strip, index) => wrapWithin(texts[index] ?? "", strip.width));
    const height = Math.max(...wrapped.map((lines) => lines.length));
    return Array.from({ length: height }, (_, at) =>
      block
        .map((strip, index) => {
          const text = wrapped[index]?.[at] ?? "";
          const padding = " ".repeat(Math.max(0, strip.width - stringWidth(text)));
          const painted = text === "" ? "" : paint(text, strip.column);
          return strip.column.align === "right" ? padding + painted : painted + padding;
        })
        .join(GAP)
        .trimEnd(),
    );
  };
  const rule = block.map((strip) => "─".repeat(strip.width)).join(GAP);
  const rows = (block[0]?.cells ?? []).flatMap((_, index) => {
    const texts = block.map((strip) => strip.cells[index] ?? "");
    const verdict = block.findIndex((strip) => strip.column.style === "verdict");
    const paint = verdictPaint(texts[verdict] ?? "", colors);
    return line(texts, (text, column) => (column.style === "verdict" ? paint(text) : text));
  });
  const header = line(
    block.map((strip) => strip.header),
    (text) => colors.bold(text),
  );
  return [...header, colors.dim(rule), ...rows].join("\n");
}

function verdictPaint(
  verdict: string,
  colors: ReturnType<typeof picocolors.createColors>,
): (text: string) => string {
  if (verdict.startsWith("better")) return colors.green;
  if (verdict.startsWith("worse")) return colors.red;
  return verdict.startsWith("equivalent") ? colors.cyan : colors.dim;
}

function wrapNotes(notes: readonly string[], room: number): string[] {
  return notes.flatMap((note) =>
    wrapWithin(clean(note), room - 2).map((line, index) => (index === 0 ? line : `  ${line}`)),
  );
}
