import { clean, formatCell, headerOf } from "./format.ts";
import { columnsFor, type Column, type Row, type Table } from "./table.ts";

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

const LATEX: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "%": "\\%",
  "#": "\\#",
  _: "\\_",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "±": "$\\pm$",
  "†": "\\textsuperscript{\\dag}",
  "‡": "\\textsuperscript{\\ddag}",
  "§": "\\textsuperscript{\\S}",
  "¶": "\\textsuperscript{\\P}",
  "`": "\\textasciigrave{}",
};

/** A table as LaTeX for booktabs: `\usepackage{booktabs}`; lead and notes below it. */
export function printLatex(table: Table): string {
  const columns = columnsFor(table, "print");
  const escape = (text: string): string =>
    clean(text)
      .replace(/[\\{}$&%#_~^<>±†‡§¶`]/g, (sign) => LATEX[sign] ?? sign)
      // A number's sign is a minus, not a hyphen.
      .replace(/(^|[\s[])-(?=\d)/g, "$1$-$");
  // The line before ends in a double backslash, which takes a following "[" or "*" for its argument.
  const line = (cells: readonly string[]): string =>
    `    ${cells.join(" & ").replace(/^(?=[[*])/, "{}")} \\\\`;
  return [
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${escape(table.title)}}`,
    `  \\label{tab:${table.name.replaceAll(/[^A-Za-z0-9-]+/g, "-")}}`,
    `  \\begin{tabular}{${columns.map((column) => (column.align === "right" ? "r" : "l")).join("")}}`,
    "    \\toprule",
    line(columns.map((column) => escape(headerOf(column)))),
    "    \\midrule",
    ...table.rows.map((row) => line(printedCells(row, columns).map(escape))),
    "    \\bottomrule",
    "  \\end{tabular}",
    ...[...table.lead, ...table.notes].map((note) => `  \\par\\footnotesize ${escape(note)}`),
    "\\end{table}",
    "",
  ].join("\n");
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
  const columns = columnsFor(table, "print");
  const escape = (text: string): string => clean(text).replace(/[&<>"']/g, (sign) => HTML[sign] ?? sign);
  const classes = (column: Column): string => `class="${column.align} ${column.source} ${column.style}"`;
  const header = columns.map(
    (column) => `<th scope="col" ${classes(column)}>${escape(headerOf(column))}</th>`,
  );
  const rows = table.rows.map((row) => {
    const cells = printedCells(row, columns).map((text, index) => {
      const column = columns[index];
      const attributes = column === undefined ? "" : ` ${classes(column)}`;
      return index === 0
        ? `<th scope="row"${attributes}>${escape(text)}</th>`
        : `<td${attributes}>${escape(text)}</td>`;
    });
    return `    <tr>${cells.join("")}</tr>`;
  });
  return [
    `<figure class="table" id="table-${escape(table.name)}">`,
    `  <figcaption><strong>${escape(table.title)}</strong>${table.lead.map((text) => `<br>${escape(text)}`).join("")}</figcaption>`,
    "  <table>",
    `    <thead><tr>${header.join("")}</tr></thead>`,
    "    <tbody>",
    ...rows,
    "    </tbody>",
    "  </table>",
    ...table.notes.map((note) => `  <p class="note">${escape(note)}</p>`),
    "</figure>",
    "",
  ].join("\n");
}

/** Cells as people read them; footnote signs behind the first. */
function printedCells(row: Row, columns: readonly Column[]): string[] {
  return columns.map((column, index) => {
    const text = formatCell(row, column);
    return index === 0 && row.marks !== "" ? `${text} ${row.marks}` : text;
  });
}
