import { join } from "node:path";
import { breathe } from "../core/breathe.ts";
import { writeFileAtomic } from "../core/files.ts";
import { printCsv } from "./print-data.ts";
import { printLatex } from "./print-latex.ts";
import { printHtmlPage, printMarkdown } from "./print-markup.ts";
import type { Table } from "./table.ts";

/**
 * Writes every table as `<name>.md`, `.csv`, `.tex` (to be `\input`) and `.html` (a page of its own).
 * @returns the paths.
 * @throws the file system's error.
 */
export async function writeTables(folder: string, tables: readonly Table[]): Promise<string[]> {
  const files = tables.flatMap((table): [string, string][] => [
    [join(folder, `${table.name}.md`), printMarkdown(table)],
    [join(folder, `${table.name}.csv`), printCsv([table])],
    [join(folder, `${table.name}.tex`), printLatex(table)],
    [join(folder, `${table.name}.html`), printHtmlPage([table])],
  ]);
  for (const [path, text] of files) {
    await breathe();
    writeFileAtomic(path, text);
  }
  return files.map(([path]) => path);
}
