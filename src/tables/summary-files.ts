import { rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../core/files.ts";
import { printCsv } from "./print-data.ts";
import { printMarkdown } from "./print-markup.ts";
import type { Table } from "./table.ts";

/**
 * Writes summary.csv (every number, in full) and summary.md (as people read it) of an experiment's results, and recipes.csv and recipes.md beside
 * them. Those of before go where no recipe is of these results any more.
 * @param tables the table of losses, and that of recipes where there is one.
 * @returns the paths.
 * @throws the file system's error.
 */
export function writeSummaryFiles(
  folder: string,
  { table, recipes }: { readonly table: Table; readonly recipes: Table | null },
): string[] {
  const files = summaryFilesOf(folder, { table, recipes });
  for (const [path, text] of files) writeFileAtomic(path, text);
  if (recipes === null) {
    for (const ending of ["csv", "md"]) rmSync(join(folder, `recipes.${ending}`), { force: true });
  }
  return files.map(([path]) => path);
}

/** The files of `writeSummaryFiles` as paths and texts. */
export function summaryFilesOf(
  folder: string,
  { table, recipes }: { readonly table: Table; readonly recipes: Table | null },
): readonly (readonly [string, string])[] {
  return [
    ...filesOf(folder, "summary", table),
    ...(recipes === null ? [] : filesOf(folder, "recipes", recipes)),
  ];
}

function filesOf(folder: string, name: string, table: Table): [string, string][] {
  return [
    [join(folder, `${name}.csv`), printCsv([table])],
    [join(folder, `${name}.md`), printMarkdown(table)],
  ];
}
