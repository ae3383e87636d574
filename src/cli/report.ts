import { dirname, resolve } from "node:path";
import { EXIT, InputError } from "../core/errors.ts";
import { answerOf } from "../report/answer.ts";
import type { Answer } from "../report/answer.ts";
import { writeReport, writeReports } from "../report/page/write-report.ts";
import { readExperimentFiles } from "../store/experiment-files.ts";
import { readRecipes } from "../store/recipe-folders.ts";
import { writeSummaryFiles } from "../tables/summary-files.ts";
import type { CommandIO } from "./io.ts";
import { writeBeside } from "./write-beside.ts";

/** What a person typed behind `report`. */
export interface ReportOptions {
  /** Result folders, such as results/attention-router. */
  readonly folders: readonly string[];
  /** Where the files go; the result folder when not given, of several the folder that the first one is in. */
  readonly out?: string | undefined;
  readonly json: boolean;
}

/**
 * `report DIR`: writes summary and report.html again from the small files of a result folder; of several folders one page.
 * @returns the exit code.
 * @throws InputError for folders that have no results or damaged ones, all of them at once.
 */
export async function runReport({ folders, out, json }: ReportOptions, io: CommandIO): Promise<number> {
  const answers = readAll([...new Map(folders.map((folder) => [resolve(folder), folder])).values()]);
  const [first, ...others] = answers;
  if (first === undefined) throw new InputError("name a result folder, such as results/attention-router");
  const paths =
    others.length === 0
      ? await writeOne(first, out ?? first.folder, io)
      : [await writeReports(answers, out ?? dirname(resolve(first.folder)))];
  io.stdout(json ? `${JSON.stringify({ files: paths })}\n` : paths.map((path) => `${path}\n`).join(""));
  return EXIT.done;
}

/** Writes a result folder's page again, with the figures that it has now. @returns its path. @throws InputError for results that are damaged. */
export async function writePageAgain(folder: string, io: CommandIO): Promise<string> {
  const answer = answerOf(readExperimentFiles(folder), readRecipes(folder));
  const [path = ""] = await writeBeside(folder, folder, io, async () => [await writeReport(answer, folder)]);
  return path;
}

interface FolderAnswer {
  readonly folder: string;
  readonly answer: Answer;
}

function readAll(folders: readonly string[]): readonly FolderAnswer[] {
  const problems: InputError["problems"][number][] = [];
  const answers = folders.flatMap((folder) => {
    try {
      return [{ folder, answer: answerOf(readExperimentFiles(folder), readRecipes(folder)) }];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new InputError(problems);
  return answers;
}

function writeOne(
  { folder, answer }: FolderAnswer,
  target: string,
  io: CommandIO,
): Promise<readonly string[]> {
  return writeBeside(folder, target, io, async () => [
    ...writeSummaryFiles(target, answer),
    await writeReport(answer, target, folder),
  ]);
}
