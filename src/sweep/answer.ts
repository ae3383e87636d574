import { InputError, messageOf } from "../core/errors.ts";
import { answerOf } from "../report/answer.ts";
import type { Answer } from "../report/answer.ts";
import { pictureFiles, plotCharts } from "../report/charts/plot-experiment.ts";
import { writeReport } from "../report/page/write-report.ts";
import { writeExperimentFiles } from "../store/experiment-files.ts";
import { writeLooks } from "../store/looks.ts";
import type { Owner } from "../store/holding/owner.ts";
import { writeResultSet } from "../store/result-set.ts";
import type { LooksRecord, Procedure } from "../records/looks.ts";
import { readRecipes } from "../store/recipe-folders.ts";
import { CALIBRATION_RUNS } from "../tables/calibration/answer.ts";
import { calibratedRegimes, calibrationLine } from "../tables/calibration/score-line.ts";
import { readCalibrated } from "../tables/calibration/stored.ts";
import { writeSummaryFiles } from "../tables/summary-files.ts";
import { recordWith } from "./looks.ts";
import { nextStep } from "./next-step.ts";
import type { Finished } from "./outcome.ts";
import { priceFromRuns } from "./price.ts";
import { resultsOf } from "./results.ts";
import type { ResultRuns } from "./results.ts";
import { baselineRun } from "./session.ts";
import type { Session } from "./session.ts";
import type { Speeds } from "./speeds.ts";
import type { Trained } from "./train-runs.ts";

/** What an answer is made from, when all training is done. */
export interface Training {
  readonly runs: ResultRuns;
  readonly speeds: Speeds;
  readonly failures: Trained["failures"];
  /** The looks that this one belongs to; null where there is nothing to judge. */
  readonly procedure: Procedure | null;
}

/** Records the look, makes the answer, writes it, and says what comes next. @throws the file system's error. */
export async function finishExperiment(session: Session, training: Training): Promise<Finished> {
  const { folder, tell } = session;
  const { runs, speeds, procedure, failures } = training;
  tell({ type: "phase", phase: "writing" });
  const looks = recordLook(session, procedure);
  const results = { ...resultsOf(session, runs, speeds), ...looks };
  const answer = answerOf(results, wholeRecipes(session));
  // A calibration speaks for itself.
  const calibrated = [...calibratedRegimes([results]), ...readCalibrated(session.request.out)];
  const calibration = calibrationLine(answer.summary, calibrated, calibrationMinutes(session, runs));
  tell({ type: "answer", folder, answer, calibration });
  const files = await writeAnswer(session, answer);
  tell({ type: "written", folder, files });
  const next = procedure && nextStep(session, { summary: answer.summary, procedure, seeds: runs.seeds });
  const outcome: Finished = { status: "finished", ...answer, folder, files, failures, next };
  tell({ type: "finished", outcome });
  return outcome;
}

/** Minutes that a calibration of this regime would take here, by the times of finished runs; null where there are none. */
function calibrationMinutes(session: Session, { seeds }: ResultRuns): number | null {
  const { experiment, runsAt, jobs } = session;
  const price = priceFromRuns(session, runsAt(seeds));
  // Most of its variants cost what the baseline does.
  return price && (CALIBRATION_RUNS * price.secondsOf(baselineRun(experiment, runsAt))) / jobs / 60;
}

/** Results under recipes; damaged ones are left out of an answer that has nothing else to do with them. */
function wholeRecipes({ folder, tell }: Session): ReturnType<typeof readRecipes> {
  try {
    return readRecipes(folder);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    tell({ type: "note", text: `the table of recipes is left out: ${error.message}` });
    return [];
  }
}

/** Writes a look down, before anybody sees a number of it. @returns what results have of it. */
export function recordLook(
  { folder, looks: history }: Pick<Session, "folder" | "looks">,
  procedure: Procedure | null,
): { readonly looks?: LooksRecord } {
  const looks = procedure === null ? { ...history.record, current: null } : recordWith(history, procedure);
  if (looks.procedures.length === 0) return {};
  writeLooks(folder, looks);
  return { looks };
}

/** Writes a result folder: small files, summary, pictures, page, as one set. A machine that can't draw still gets its numbers. */
async function writeAnswer({ folder, tell }: Session, answer: Answer): Promise<readonly string[]> {
  return writeResultSet(folder, waitingNote(tell, folder), async (writer) => {
    const data = writeExperimentFiles(folder, answer.results);
    const written = writeSummaryFiles(folder, answer);
    const attempt = async (what: string, write: () => Promise<readonly string[]>): Promise<void> => {
      try {
        written.push(...(await write()));
      } catch (error) {
        tell({ type: "note", text: `not all ${what} could be written: ${messageOf(error)}` });
      }
    };
    await attempt("plots", () => plotCharts(answer.charts, { folder, formats: ["png", "svg"] }));
    await attempt("of the report", async () => [await writeReport(answer, folder)]);
    writer.seal([...data, ...written], [...pictureFiles(), "report.html"]);
    return written;
  });
}

/** Tells who else is writing a result folder. */
export function waitingNote(tell: Session["tell"], folder: string): (owner: Owner) => void {
  return ({ pid, host }) =>
    tell({ type: "note", text: `waiting for process ${pid} on ${host}, which is writing ${folder}` });
}
