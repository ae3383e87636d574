import { pool } from "../analysis/pool.ts";
import { summarise, type SummaryInput } from "../analysis/summary.ts";
import { EXIT, InputError } from "../core/errors.ts";
import { readExperimentFiles } from "../store/experiment-files.ts";
import { lossTable } from "../tables/loss.ts";
import { formatNamed, printTables } from "../tables/print.ts";
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
 * with another baseline (other text, length or size) are refused a common table, each with the reason.
 * @returns the exit code.
 * @throws InputError for everything that is wrong with the request.
 */
export function runCompare(options: CompareOptions, io: CommandIO): number {
  if (options.folders.length === 0)
    throw new InputError("compare needs a result folder, such as results/NAME");
  const format = options.json === true ? "json" : formatNamed(options.format ?? "table");
  const margin = options.margin === undefined ? undefined : parseMargin(options.margin);
  const read: readonly SummaryInput[] = [...new Set(options.folders)].map(readExperimentFiles);
  const { pools, refusals } = pool(read, options.baseline);
  const tables = pools.map(({ input, notes }): Table => {
    const table = lossTable(summarise(input, { baseline: options.baseline, metric: options.metric, margin }));
    return { ...table, notes: [...table.notes, ...notes] };
  });
  io.stderr(refusals.map((reason) => `note: ${reason}\n`).join(""));
  io.stdout(printTables(tables, format, io));
  return EXIT.done;
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
