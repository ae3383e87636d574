import { dirname, join } from "node:path";
import { pool } from "../analysis/pool.ts";
import { compareRecipes } from "../analysis/recipes.ts";
import { summarise, type Summary, type SummaryInput } from "../analysis/summary.ts";
import { breathe } from "../core/breathe.ts";
import { EXIT, InputError } from "../core/errors.ts";
import { readExperimentFiles } from "../store/experiment-files.ts";
import { readRecipes } from "../store/recipe-folders.ts";
import { briefTable } from "../tables/brief.ts";
import { calibrationLine, withLine } from "../tables/calibration/score-line.ts";
import { readCalibrated } from "../tables/calibration/stored.ts";
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
  /** Everything in the terminal, too. */
  readonly verbose?: boolean | undefined;
}

/**
 * `compare DIR...`: paired statistics from the small files of result folders. Folders whose baseline is the same runs are
 * joined to one table, in which unequal compute, text and training, and routers that see the future, are marked; folders
 * with another baseline (other text, length or size) are refused a common table, each with the reason. Of a single folder with results
 * under recipes, the table of recipes comes behind (in CSV, which has room for one table, it is left to recipes.csv).
 * @returns the exit code.
 * @throws InputError for everything that is wrong with the request.
 */
export async function runCompare(options: CompareOptions, io: CommandIO): Promise<number> {
  if (options.folders.length === 0)
    throw new InputError("compare needs a result folder, such as results/NAME");
  const format = options.json === true ? "json" : formatNamed(options.format ?? "table");
  const margin = options.margin === undefined ? undefined : parseMargin(options.margin);
  const folders = [...new Set(options.folders)];
  const read: SummaryInput[] = [];
  for (const folder of folders) {
    await breathe();
    read.push(readExperimentFiles(folder));
  }
  const asked = { baseline: options.baseline, metric: options.metric, margin };
  const { pools, refusals } = pool(read, options.baseline);
  const calibrated = readCalibrated(dirname(folders[0] ?? "."));
  const joined = pools.map(({ input, notes }) => ({ input, notes, summary: summarise(input, asked) }));
  const tables = joined.map(({ summary, notes }): Table => {
    const table = format === "table" && options.verbose !== true ? briefTable(summary) : lossTable(summary);
    const noted = withLine(table, calibrationLine(summary, calibrated));
    return { ...noted, notes: [...noted.notes, ...notes] };
  });
  const [only] = joined;
  const recipes = folders.length === 1 && only !== undefined ? recipeTables(folders, only) : [];
  const isApart = format === "csv" && recipes.length > 0;
  await breathe();
  io.stderr(refusals.map((reason) => `note: ${reason}\n`).join(""));
  if (isApart) io.stderr(`note: the table of recipes is in ${join(folders[0] ?? "", "recipes.csv")}\n`);
  io.stdout(printTables(isApart ? tables : [...tables, ...recipes], format, io));
  return EXIT.done;
}

/** The table of recipes of a folder that has any. */
function recipeTables(
  [folder = ""]: readonly string[],
  { input, summary }: { readonly input: SummaryInput; readonly summary: Summary },
): Table[] {
  const comparison = compareRecipes(input, readRecipes(folder), summary);
  return comparison === null ? [] : [recipeTable(comparison)];
}

/** `0.5%` as the share 0.005. A bare number could mean either, so it is refused. */
function parseMargin(text: string): number {
  const match = /^(\d+(?:\.\d*)?|\.\d+)\s*%$/.exec(text.trim());
  const percentage = Number(match?.[1]);
  if (match !== null && percentage > 0 && percentage < 100) return percentage / 100;
  throw new InputError(
    `--margin ${text}: write a percentage of the baseline's mean (points, where the metric is a share) between 0% and 100%, e.g. 0.5%`,
  );
}
