import { clean, headerOf, printedCells } from "./format.ts";
import { columnsFor, panelsOf, type Column, type Table } from "./table.ts";

/** A table as Markdown (GitHub's): title, lead, table, notes. */
export function printMarkdown(table: Table): string {
  const columns = columnsFor(table, "print");
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const escape = (text: string): string => text.replace(/[\\|*_<>[\]]/g, (sign) => `\\${sign}`);
  return [
    `### ${escape(clean(table.title))}`,
    ...table.lead.map((text) => escape(clean(text))),
    [
      line(columns.map((column) => escape(headerOf(column)))),
      line(columns.map((column) => (column.align === "right" ? "---:" : ":---"))),
      ...table.rows.map((row) => line(printedCells(row, columns).map(escape))),
    ].join("\n"),
    table.notes.map((note) => `- ${escape(clean(note))}`).join("\n"),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

const HTML: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A table as an HTML fragment: one `<figure>`, without styles of its own; missing cells are empty. */
export function printHtml(table: Table): string {
  return figure(table, [columnsFor(table, "print")]);
}

/** Enough style to read a table by, in the system's light or dark. */
const STYLE = `:root { color-scheme: light dark }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
figure { margin: 0 }
table { border-collapse: collapse; border-block: 2px solid; margin: 1.2rem 0; display: block; overflow-x: auto; width: fit-content; max-width: 100% }
th, td { padding: 0.2rem 0.7rem; text-align: left; vertical-align: top }
thead th { border-bottom: 1px solid; vertical-align: bottom; max-width: 8rem }
.right { text-align: right; font-variant-numeric: tabular-nums }
td.right { white-space: nowrap }
.paper { font-style: italic }
tbody th { font-weight: normal; min-width: 14rem }
.note { font-size: 0.85rem; margin: 0.4rem 0 }`;

/** More columns than this do not fit a page, so each panel gets a table of its own. */
const MOST_COLUMNS = 7;

/** Tables as a page of their own that loads nothing else; a paper's numbers are in italics. */
export function printHtmlPage(tables: readonly Table[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(tables.map((table) => table.title).join("; "))}</title>
<style>
${STYLE}
</style>
</head>
<body>
${tables.map((table) => figure(table, panelsOf(table, MOST_COLUMNS))).join("\n")}</body>
</html>
`;
}

function figure(table: Table, panels: readonly (readonly Column[])[]): string {
  return [
    `<figure class="table" id="table-${escapeHtml(table.name)}">`,
    `  <figcaption><strong>${escapeHtml(table.title)}</strong>${table.lead.map((text) => `<br>${escapeHtml(text)}`).join("")}</figcaption>`,
    ...panels.flatMap((columns) => htmlTable(table, columns)),
    ...table.notes.map((note) => `  <p class="note">${escapeHtml(note)}</p>`),
    "</figure>",
    "",
  ].join("\n");
}

function htmlTable(table: Table, columns: readonly Column[]): string[] {
  const classes = (column: Column): string => `class="${column.align} ${column.source} ${column.style}"`;
  const header = columns.map(
    (column) => `<th scope="col" ${classes(column)}>${escapeHtml(headerOf(column))}</th>`,
  );
  const rows = table.rows.map((row) => {
    const cells = printedCells(row, columns).map((text, index) => {
      const column = columns[index];
      const attributes = column === undefined ? "" : ` ${classes(column)}`;
      return index === 0
        ? `<th scope="row"${attributes}>${escapeHtml(text)}</th>`
        : `<td${attributes}>${escapeHtml(text)}</td>`;
    });
    return `    <tr>${cells.join("")}</tr>`;
  });
  return [
    "  <table>",
    `    <thead><tr>${header.join("")}</tr></thead>`,
    "    <tbody>",
    ...rows,
    "    </tbody>",
    "  </table>",
  ];
}

function escapeHtml(text: string): string {
  return clean(text).replace(/[&<>"']/g, (sign) => HTML[sign] ?? sign);
}
