import { join } from "node:path";
import type { ModelOf } from "../../analysis/routing/results.ts";
import type { Settings } from "../../config/settings.ts";
import { InputError } from "../../core/errors.ts";
import { evaluationBatches, tokensThatFit } from "../../data/batches.ts";
import type { Corpus, EvaluationBatch } from "../../data/types.ts";
import { modelSpec, type ModelSpec, type RouterSource } from "../../model/spec.ts";
import { loadFinalCheckpoint } from "../../store/checkpoint.ts";
import { completedSettings } from "../../store/identity.ts";
import { loadWeights } from "../../store/weights/kept-weights.ts";
import type { Checkpoint } from "../../train/types.ts";
import type { StoredRun } from "./stored-runs.ts";

/** What opening a run's model needs from elsewhere. */
export interface ModelSources {
  readonly corpusOf: (data: Settings["data"]) => Corpus;
  /** The router of a run. @throws InputError where it is not there. */
  readonly routerOf: (run: StoredRun) => Promise<RouterSource>;
}

/** A run's model, ready to be looked at. */
export interface OpenedRun {
  readonly run: StoredRun;
  readonly spec: ModelSpec;
  readonly corpus: Corpus;
}

/**
 * A stored run's model and text.
 * @throws InputError where its router or its text is not there as it was.
 */
export async function openModel(run: StoredRun, { routerOf, corpusOf }: ModelSources): Promise<OpenedRun> {
  const settings = completedSettings(run.record.identity.settings);
  const corpus = corpusOf(settings.data);
  if (corpus.hash !== run.record.identity.dataHash) {
    const message =
      "was trained on other text than there is now (files of one's own are not found by their results, or a corpus changed)";
    throw new InputError([{ where: run.folder, path: "", message }]);
  }
  return { run, spec: modelSpec(settings, await routerOf(run), corpus.vocabulary), corpus };
}

/** The fixed validation batches of a run. @throws InputError where there is not one. */
export function batchesOf({ spec, corpus, run }: OpenedRun, asked: number): readonly EvaluationBatch[] {
  const { data } = spec.settings;
  const tokens = tokensThatFit(corpus, data, "validation", asked);
  if (tokens === null) {
    throw new InputError([
      { where: run.folder, path: "", message: "has not one batch of validation tokens" },
    ]);
  }
  return evaluationBatches(corpus, data, "validation", tokens);
}

/** Final weights. @throws InputError where they can't be read. */
export function finalWeights(run: StoredRun): Checkpoint {
  return readable(run.folder, () => loadFinalCheckpoint(join(run.folder, "checkpoint"), run.record.id));
}

/** Those of a step on the way. @throws InputError where they can't be read. */
export function keptWeights(run: StoredRun, step: number): Checkpoint {
  return readable(run.folder, () => loadWeights(run.folder, run.record.id, step));
}

/** Weights of a run's folder. @throws InputError where they can't be read. */
export function readable(folder: string, read: () => Checkpoint): Checkpoint {
  try {
    return read();
  } catch (error) {
    const message = `weights can't be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new InputError([{ where: folder, path: "", message }]);
  }
}

/** What rows say of a run's model. */
export function modelOf({ variant, seed, record }: StoredRun, step: number): ModelOf {
  const { batchSequences, sequenceLength } = record.identity.settings.data;
  return { variant, seed, step, trained: step * batchSequences * sequenceLength };
}
