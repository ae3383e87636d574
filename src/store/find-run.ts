import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { didYouMean } from "../config/suggest.ts";
import { InputError, messageOf } from "../core/errors.ts";
import type { Checkpoint } from "../train/types.ts";
import { loadFinalCheckpoint } from "./checkpoint.ts";
import { listRuns, readRun, runsFolderOf } from "./read-run.ts";
import type { RunRecord } from "../records/run.ts";

/** A finished run and its final weights. */
export interface FinishedRun {
  readonly folder: string;
  readonly record: RunRecord;
  readonly checkpoint: Checkpoint;
}

/**
 * A finished run as a person names it.
 * @param asked a run's folder, or its name or id.
 * @param results output folder of `run`, where names and ids are looked up.
 * @throws InputError where there is no such run, or it has no final weights.
 */
export function findFinishedRun(asked: string, results: string): FinishedRun {
  const { folder, record } = findRun(asked, results);
  const refuse = (message: string): never => {
    throw new InputError([{ where: folder, path: "", message }]);
  };
  if (record.status !== "finished") {
    const { steps } = record.identity.settings.training;
    return refuse(
      `its status is ${record.status} after ${record.stepsDone} of ${steps} steps, and only a finished one has its final weights; ` +
        "`moe-lab run` with its experiment goes on with it",
    );
  }
  try {
    return { folder, record, checkpoint: loadFinalCheckpoint(join(folder, "checkpoint"), record.id) };
  } catch (error) {
    return refuse(
      `the final weights can't be read: ${messageOf(error)}. To have them again, delete this folder and run its experiment`,
    );
  }
}

function findRun(asked: string, results: string): Pick<FinishedRun, "folder" | "record"> {
  if (existsSync(asked)) {
    const record = statSync(asked).isDirectory() ? readRun(asked) : null;
    if (record !== null) return { folder: asked, record };
    const hint = existsSync(join(asked, "experiment.json"))
      ? "it holds an experiment's results; the runs behind them are named in its runs.csv"
      : "its run.json is missing, half-written or edited";
    throw new InputError([{ where: asked, path: "", message: `is not a run's folder: ${hint}` }]);
  }
  const runsFolder = runsFolderOf(results);
  const runs = listRuns(runsFolder);
  const record = runs.find(({ name, id }) => asked === name || asked === id);
  if (record !== undefined) return { folder: join(runsFolder, record.name), record };
  const guess = didYouMean(
    asked,
    runs.map(({ name }) => name),
  );
  const message = `there is no run of this name or id in ${runsFolder}, and no such folder${guess || "; `moe-lab list runs` shows what there is"}`;
  throw new InputError([{ where: asked, path: "", message }]);
}
