/** Prints tables. The first column is text, all others are numbers. */

/** @import { Table } from "./tables.mjs" */

const WIDTH = 80;
const GAP = 2;

/**
 * A table for a terminal, in lines of at most 80 characters: the first column is cut where it must be.
 * @param {Table} table
 */
export function toText({ title, head, body, notes }) {
  const rows = [head, ...body];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const rest = widths.slice(1).reduce((sum, width) => sum + width + GAP, 0);
  const first = Math.min(widths[0] ?? 0, WIDTH - rest);
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0
          ? shorten(cell, first).padEnd(first)
          : " ".repeat(GAP) + cell.padStart(widths[column] ?? 0),
      )
      .join("")
      .trimEnd(),
  );
  return [title, ...lines, ...notes, ""].join("\n");
}

/**
 * A table for a Markdown file, without its title.
 * @param {Table} table
 */
export function toMarkdown({ head, body, notes }) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [line(head), line(rule), ...body.map(line), ...notes.map((note) => `\n${note}`)].join("\n");
}

/**
 * @param {string} text
 * @param {number} width
 */
function shorten(text, width) {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
