import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { ExperimentResults } from "../../records/experiment.ts";
import type { RunRecord } from "../../records/run.ts";
import { readExperimentFiles } from "../../store/experiment-files.ts";
import { weightSteps } from "../../store/weights/kept-weights.ts";
import { inspectRun, runsFolderOf } from "../../store/read-run.ts";

/** A finished run of an experiment, with weights to look at. */
export interface StoredRun {
  readonly variant: string;
  readonly seed: number;
  readonly folder: string;
  readonly record: RunRecord;
  /** Steps on the way whose weights were kept. */
  readonly steps: readonly number[];
  /** Finished runs that it went on from, the nearest first: as far as they are there. */
  readonly parents: readonly { readonly folder: string; readonly record: RunRecord }[];
}

/** Whether a run was asked questions at its end: whether its data is of instructions, and its router told no labels. */
export function hasAnswers({ results }: Pick<RunRecord, "results">): boolean {
  return results?.answers !== undefined;
}

/** The runs behind some results. */
export interface StoredRuns {
  readonly results: ExperimentResults;
  /** Variant by variant, since a program is compiled once for all seeds. */
  readonly runs: readonly StoredRun[];
  /** What is not there, one sentence each. */
  readonly missing: readonly string[];
}

/**
 * Finds the runs that a result folder was made from, in `runs` beside it.
 * @throws InputError for a folder without results.
 */
export function storedRuns(
  folder: string,
  isWanted: (run: { variant: string; seed: number }) => boolean,
): StoredRuns {
  const results = readExperimentFiles(folder);
  const runsFolder = runsFolderOf(dirname(resolve(folder)));
  const names = existsSync(runsFolder) ? readdirSync(runsFolder) : [];
  const runs: StoredRun[] = [];
  const missing: string[] = [];
  let withoutWeights = 0;
  for (const { variant, seed, runId, status } of results.runs.filter(isWanted)) {
    if (status !== "finished") continue;
    const name = names.find((one) => one.endsWith(`-${runId}`));
    const path = join(runsFolder, name ?? runId);
    const { record, damage } = name === undefined ? { record: null, damage: [] } : inspectRun(path);
    if (record?.status !== "finished") {
      const why =
        damage.length > 0 ? damage.join("; ") : `there is no finished run ${runId} in ${runsFolder}`;
      missing.push(`${variant}, seed ${seed}: ${why}`);
      continue;
    }
    const steps = weightSteps(path);
    if (steps.length === 0) withoutWeights += 1;
    runs.push({ variant, seed, folder: path, record, steps, parents: parentsOf(record, runsFolder, names) });
  }
  if (withoutWeights > 0) {
    missing.push(
      `${withoutWeights} of ${runs.length} runs kept no weights on the way (older ones, or trained with --without-weights): ` +
        "nothing is said of their training, only of its end",
    );
  }
  const order = results.record.experiment.variants.map(({ name }) => name);
  const sorted = runs.toSorted(
    (a, b) => order.indexOf(a.variant) - order.indexOf(b.variant) || a.seed - b.seed,
  );
  return { results, runs: sorted, missing };
}

function parentsOf(record: RunRecord, runsFolder: string, names: readonly string[]): StoredRun["parents"] {
  const id = record.identity.parent;
  const name = id === null ? undefined : names.find((one) => one.endsWith(`-${id}`));
  if (name === undefined) return [];
  const folder = join(runsFolder, name);
  const { record: parent } = inspectRun(folder);
  if (parent?.status !== "finished") return [];
  return [{ folder, record: parent }, ...parentsOf(parent, runsFolder, names)];
}
