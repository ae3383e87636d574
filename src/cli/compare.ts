import { join } from "node:path";
import { pool } from "../analysis/pool.ts";
import { compareRecipes } from "../analysis/recipes.ts";
import { summarise, type SummaryInput, type SummaryOptions } from "../analysis/summary.ts";
import { EXIT, InputError } from "../core/errors.ts";
import { readExperimentFiles } from "../store/experiment-files.ts";
import { readRecipes } from "../store/recipe-folders.ts";
import { lossTable } from "../tables/loss.ts";
import { formatNamed, printTables } from "../tables/print.ts";
import { recipeTable } from "../tables/recipes.ts";
import type { Table } from "../tables/table.ts";
import type { CommandIO } from "./io.ts";

/** What a person typed behind `compare`. */
export interface CompareOptions {
  /** Result folders. */
  readonly folders: readonly string[];
  readonly baseline?: string | undefined;
  readonly metric?: string | undefined;
  /** A percentage, e.g. `0.5%`. */
  readonly margin?: string | undefined;
  readonly format?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * `compare DIR...`: paired statistics from the small files of result folders. Folders whose baseline is the same runs are
 * joined to one table, in which unequal compute, text and training, and routers that see the future, are marked; folders
 * with another baseline (other text, length or size) are refused a common table, each with the reason. Of a single folder with results
 * under recipes, the table of recipes comes behind (in CSV, which has room for one table, it is left to recipes.csv).
 * @returns the exit code.
 * @throws InputError for everything that is wrong with the request.
 */
export function runCompare(options: CompareOptions, io: CommandIO): number {
  if (options.folders.length === 0)
    throw new InputError("compare needs a result folder, such as results/NAME");
  const format = options.json === true ? "json" : formatNamed(options.format ?? "table");
  const margin = options.margin === undefined ? undefined : parseMargin(options.margin);
  const folders = [...new Set(options.folders)];
  const read: readonly SummaryInput[] = folders.map(readExperimentFiles);
  const asked = { baseline: options.baseline, metric: options.metric, margin };
  const { pools, refusals } = pool(read, options.baseline);
  const tables = pools.map(({ input, notes }): Table => {
    const table = lossTable(summarise(input, asked));
    return { ...table, notes: [...table.notes, ...notes] };
  });
  const recipes = recipeTables(folders, read, asked);
  const isApart = format === "csv" && recipes.length > 0;
  io.stderr(refusals.map((reason) => `note: ${reason}\n`).join(""));
  if (isApart) io.stderr(`note: the table of recipes is in ${join(folders[0] ?? "", "recipes.csv")}\n`);
  io.stdout(printTables(isApart ? tables : [...tables, ...recipes], format, io));
  return EXIT.done;
}

/** The table of recipes of a single folder that has any. */
function recipeTables(
  [folder, ...others]: readonly string[],
  [results]: readonly SummaryInput[],
  asked: SummaryOptions,
): Table[] {
  if (folder === undefined || results === undefined || others.length > 0) return [];
  const comparison = compareRecipes(results, readRecipes(folder), asked);
  return comparison === null ? [] : [recipeTable(comparison)];
}

/** `0.5%` as the share 0.005. A bare number could mean either, so it is refused. */
function parseMargin(text: string): number {
  const match = /^(\d+(?:\.\d*)?|\.\d+)\s*%$/.exec(text.trim());
  const percentage = Number(match?.[1]);
  if (match !== null && percentage > 0 && percentage < 100) return percentage / 100;
  throw new InputError(
    `--margin ${text}: write a percentage of the baseline's mean between 0% and 100%, e.g. 0.5%`,
  );
}
