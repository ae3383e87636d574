import { didYouMean } from "../config/suggest.ts";
import { InputError } from "../core/errors.ts";
import { printCsv, tableJson } from "./print-data.ts";
import { printLatex } from "./print-latex.ts";
import { printHtml, printMarkdown } from "./print-markup.ts";
import { printTerminal, type Page } from "./print-terminal.ts";
import type { Table } from "./table.ts";

/** How tables can be printed. */
export const FORMATS = ["table", "csv", "md", "latex", "html", "json"] as const;
export type Format = (typeof FORMATS)[number];

/**
 * The format of a `--format` flag.
 * @param text what the user wrote; `terminal` is another word for `table`.
 * @throws InputError when there is no such format.
 */
export function formatNamed(text: string): Format {
  const found = FORMATS.find((format) => format === (text === "terminal" ? "table" : text));
  if (found !== undefined) return found;
  throw new InputError(
    `--format ${text}: no such format${didYouMean(text, FORMATS) || ";"} one of ${FORMATS.join(", ")}`,
  );
}

/**
 * Tables as text of a format. JSON is one value, `{ "tables": [...] }`; CSV is one file, so its tables must have the same columns.
 * @throws InputError for CSV of tables with different columns.
 */
export function printTables(tables: readonly Table[], format: Format, page: Page): string {
  switch (format) {
    case "table":
      return tables.map((table) => printTerminal(table, page)).join("\n");
    case "md":
      return tables.map(printMarkdown).join("\n");
    case "latex":
      return tables.map(printLatex).join("\n");
    case "html":
      return tables.map(printHtml).join("\n");
    case "csv":
      return printCsv(tables);
    case "json":
      return `${JSON.stringify({ tables: tables.map(tableJson) }, null, 2)}\n`;
  }
}
