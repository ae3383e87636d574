import { rmSync } from "node:fs";
import { join } from "node:path";
import { compareRecipes } from "../analysis/recipes.ts";
import { summarise } from "../analysis/summary.ts";
import { writeFileAtomic } from "../core/files.ts";
import { readRecipes } from "../store/recipe-folders.ts";
import type { ExperimentResults } from "../store/records.ts";
import { lossTable } from "./loss.ts";
import { printCsv } from "./print-data.ts";
import { printMarkdown } from "./print-markup.ts";
import { recipeTable } from "./recipes.ts";
import type { Table } from "./table.ts";

/**
 * Writes summary.csv (every number, in full) and summary.md (as people read it) of an experiment's results; where the folder has results
 * under recipes, recipes.csv and recipes.md beside them.
 * @returns the paths.
 * @throws the file system's error.
 */
export function writeSummaryFiles(folder: string, results: ExperimentResults): string[] {
  const files = [
    ...filesOf(folder, "summary", lossTable(summarise(results))),
    ...recipeFilesOf(folder, results),
  ];
  for (const [path, text] of files) writeFileAtomic(path, text);
  return files.map(([path]) => path);
}

/** The table of recipes as files. Those of before go where no recipe is of these results any more. */
function recipeFilesOf(folder: string, results: ExperimentResults): [string, string][] {
  const comparison = compareRecipes(results, readRecipes(folder));
  if (comparison !== null) return filesOf(folder, "recipes", recipeTable(comparison));
  for (const ending of ["csv", "md"]) rmSync(join(folder, `recipes.${ending}`), { force: true });
  return [];
}

function filesOf(folder: string, name: string, table: Table): [string, string][] {
  return [
    [join(folder, `${name}.csv`), printCsv([table])],
    [join(folder, `${name}.md`), printMarkdown(table)],
  ];
}
