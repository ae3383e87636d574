import stringWidth from "string-width";
import { clean, printedCells } from "./format.ts";
import { panelsOf, type Column, type Table } from "./table.ts";
import { wrap } from "./wrap.ts";

/** What LaTeX takes for commands, and what pdflatex has no letter for. */
const LATEX: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "%": "\\%",
  "#": "\\#",
  _: "\\_",
  "~": "$\\sim$",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "±": "$\\pm$",
  "†": "\\textsuperscript{\\dag}",
  "‡": "\\textsuperscript{\\ddag}",
  "◊": "\\textsuperscript{$\\diamond$}",
  "§": "\\textsuperscript{\\S}",
  "¶": "\\textsuperscript{\\P}",
  "`": "\\textasciigrave{}",
};

/** More columns than this do not fit a page of usual width, so each panel gets a tabular of its own. */
const MOST_COLUMNS = 7;

/** A float with more lines than this has no room left on its page for the notes: they follow as text. */
const MOST_LINES = 16;

/** Narrower than this a header is not broken. */
const LEAST_HEADER = 9;

/**
 * A table as LaTeX for booktabs: `\usepackage{booktabs}`. Wide tables are printed panel below panel, each with the first
 * column; lead and notes stand below, of a long table as text after it.
 */
export function printLatex(table: Table): string {
  const panels = panelsOf(table, MOST_COLUMNS);
  const label = `tab:${table.name.replaceAll(/[^A-Za-z0-9-]+/g, "-")}`;
  const lines = panels.length * table.rows.length;
  const texts = [...table.lead, ...table.notes].map((note) => `${escape(note)}\\par`);
  const inside = [
    "",
    "  \\medskip",
    "  \\begin{minipage}{\\linewidth}",
    "    \\footnotesize\\raggedright",
    ...texts.map((text) => `    ${text}`),
    "  \\end{minipage}",
  ];
  const below = ["{\\footnotesize\\raggedright", `Notes to table~\\ref{${label}}.\\par`, ...texts, "}"];
  const isLong = lines > MOST_LINES;
  return [
    "\\begin{table}",
    "  \\centering",
    "  \\small",
    `  \\caption{${escape(table.title)}}`,
    `  \\label{${label}}`,
    panels.map((columns) => tabular(table, columns)).join("\n\n  \\medskip\n\n"),
    ...(isLong ? [] : inside),
    "\\end{table}",
    ...(isLong ? below : []),
    "",
  ].join("\n");
}

function tabular(table: Table, columns: readonly Column[]): string {
  return [
    `  \\begin{tabular}{${columns.map(({ align }) => (align === "right" ? "r" : "l")).join("")}}`,
    "    \\toprule",
    ...headerLines(table, columns),
    "    \\midrule",
    ...table.rows.map((row) => line(printedCells(row, columns).map(escape))),
    "    \\bottomrule",
    "  \\end{tabular}",
  ].join("\n");
}

/** Headers broken into lines as narrow as the cells below allow, units in the last line, all aligned at the bottom. */
function headerLines(table: Table, columns: readonly Column[]): string[] {
  const cells = table.rows.map((row) => printedCells(row, columns));
  const stacks = columns.map((column, index) => {
    const room = Math.max(LEAST_HEADER, ...cells.map((row) => stringWidth(row[index] ?? "")));
    const unit = column.unit === "" ? [] : [column.unit];
    return [...wrap(clean(column.header), room), ...unit];
  });
  const height = Math.max(...stacks.map((stack) => stack.length));
  return Array.from({ length: height }, (_, at) =>
    line(stacks.map((stack) => escape(stack[at - height + stack.length] ?? ""))),
  );
}

// The line before ends in a double backslash, which takes a following "[" or "*" for its argument.
function line(cells: readonly string[]): string {
  return `    ${cells.join(" & ").replace(/^(?=[[*])/, "{}")} \\\\`;
}

function escape(text: string): string {
  return (
    clean(text)
      .replace(/[\\{}$&%#_~^<>±†‡◊§¶`]/g, (sign) => LATEX[sign] ?? sign)
      // Two hyphens would become a dash, and a command that is copied from the page would not run.
      .replace(/-(?=-)/g, "-{}")
      // A number's sign is a minus, not a hyphen.
      .replace(/(^|[\s[])-(?=\d)/g, "$1$-$")
  );
}
