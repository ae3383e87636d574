import { messageOf } from "../core/errors.ts";
import type { Answer } from "../report/answer.ts";
import { plotCharts } from "../report/charts/plot-experiment.ts";
import { writeReport } from "../report/page/write-report.ts";
import { writeExperimentFiles } from "../store/experiment-files.ts";
import { printTables } from "../tables/print.ts";
import { writeSummaryFiles } from "../tables/summary-files.ts";
import type { CommandIO } from "./io.ts";

/**
 * Writes a result folder: small files, summary, plots, report. A machine that can't draw still gets its numbers.
 * @throws the file system's error.
 */
export async function writeAnswer(folder: string, answer: Answer, io: CommandIO): Promise<void> {
  writeExperimentFiles(folder, answer.results);
  const written = writeSummaryFiles(folder, answer);
  const attempt = async (what: string, write: () => Promise<readonly string[]>): Promise<void> => {
    try {
      written.push(...(await write()));
    } catch (error) {
      io.stderr(`note: not all ${what} could be written: ${messageOf(error)}\n`);
    }
  };
  await attempt("plots", () => plotCharts(answer.charts, { folder, formats: ["png", "svg"] }));
  await attempt("of the report", async () => [await writeReport(answer, folder)]);
  io.stderr(`written to ${folder}: ${written.map((path) => path.slice(folder.length + 1)).join(", ")}\n`);
}

/** Prints the experiment's table, or all its numbers as one JSON value. */
export function printAnswer({ table }: Answer, folder: string, json: boolean, io: CommandIO): void {
  io.stdout(printTables([table], json ? "json" : "table", io));
  if (json) return;
  io.stderr(`compare again: moe-lab compare ${folder}\n`);
}
