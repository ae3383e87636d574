import { summarise } from "../analysis/summary.ts";
import { messageOf } from "../core/errors.ts";
import { plotExperiment } from "../report/plot-experiment.ts";
import { writeReport } from "../report/write-report.ts";
import { writeExperimentFiles } from "../store/experiment-files.ts";
import type { ExperimentResults } from "../store/records.ts";
import { lossTable } from "../tables/loss.ts";
import { printTables } from "../tables/print.ts";
import { writeSummaryFiles } from "../tables/summary-files.ts";
import type { CommandIO } from "./io.ts";

/**
 * Writes a result folder: small files, summary, plots, report. A machine that can't draw still gets its numbers.
 * @throws the file system's error.
 */
export async function writeAnswer(folder: string, results: ExperimentResults, io: CommandIO): Promise<void> {
  writeExperimentFiles(folder, results);
  const written = writeSummaryFiles(folder, results);
  const attempt = async (what: string, write: () => Promise<readonly string[]>): Promise<void> => {
    try {
      written.push(...(await write()));
    } catch (error) {
      io.stderr(`note: not all ${what} could be written: ${messageOf(error)}\n`);
    }
  };
  await attempt("plots", () => plotExperiment(results, { folder, formats: ["png", "svg"] }));
  await attempt("of the report", async () => [await writeReport(results, folder)]);
  io.stderr(`written to ${folder}: ${written.map((path) => path.slice(folder.length + 1)).join(", ")}\n`);
}

/** Prints the experiment's table, or all its numbers as one JSON value. */
export function printAnswer(results: ExperimentResults, folder: string, json: boolean, io: CommandIO): void {
  const tables = [lossTable(summarise(results))];
  io.stdout(printTables(tables, json ? "json" : "table", io));
  if (json) return;
  io.stderr(`compare again: moe-lab compare ${folder}\n`);
}
