import { EXIT } from "../core/errors.ts";
import { answerOf } from "../report/answer.ts";
import { writeReport } from "../report/page/write-report.ts";
import { readExperimentFiles } from "../store/experiment-files.ts";
import { readRecipes } from "../store/recipe-folders.ts";
import { writeSummaryFiles } from "../tables/summary-files.ts";
import type { CommandIO } from "./io.ts";
import { writeBeside } from "./write-beside.ts";

/** What a person typed behind `report`. */
export interface ReportOptions {
  /** A result folder, such as results/attention-router. */
  readonly folder: string;
  /** Where the files go; the result folder when not given. */
  readonly out?: string | undefined;
  readonly json: boolean;
}

/**
 * `report DIR`: writes summary and report.html again from the small files of a result folder.
 * @returns the exit code.
 * @throws InputError for a folder that has no results or damaged ones.
 */
export async function runReport({ folder, out, json }: ReportOptions, io: CommandIO): Promise<number> {
  const answer = answerOf(readExperimentFiles(folder), readRecipes(folder));
  const target = out ?? folder;
  const paths = await writeBeside(folder, target, io, async () => [
    ...writeSummaryFiles(target, answer),
    await writeReport(answer, target, folder),
  ]);
  io.stdout(json ? `${JSON.stringify({ files: paths })}\n` : paths.map((path) => `${path}\n`).join(""));
  return EXIT.done;
}
