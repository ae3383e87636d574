import type { Settings } from "../../src/config/settings.ts";
import type { Corpus } from "../../src/data/types.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { train } from "../../src/train/train.ts";
import type { Checkpoint, TrainingOutcome } from "../../src/train/types.ts";
import type { MetricRow } from "../../src/records/results.ts";
import { compiled } from "./engines.ts";
import { tinyCorpus } from "./tiny-corpus.ts";

export const TRAINING_CORPUS = tinyCorpus({ ones: 0.6, twos: 0.4 });

/** What a training told the world. */
export interface ToldTraining {
  readonly rows: MetricRow[];
  readonly checkpoints: Checkpoint[];
  readonly outcome: TrainingOutcome;
}

/** Trains a tiny model with the compiled engine. */
export async function trainTiny(
  settings: Settings,
  options: { resume?: Checkpoint; parent?: Checkpoint; stopAt?: number; seed?: number; corpus?: Corpus } = {},
): Promise<ToldTraining> {
  const { resume = null, parent = null, stopAt = Infinity, seed = 3, corpus = TRAINING_CORPUS } = options;
  const router = shippedRouters.get(settings.router.name);
  if (router === undefined) throw new Error(settings.router.name);
  const told = { rows: [] as MetricRow[], checkpoints: [] as Checkpoint[] };
  const model = modelSpec(settings, router, corpus.vocabulary);
  const job = { model, seed, corpus, engine: compiled, parent };
  const outcome = await train(job, resume, {
    onMetrics: (row) => told.rows.push(row),
    onCheckpoint: (checkpoint) => told.checkpoints.push(checkpoint),
    onRouting: () => undefined,
    onProgress: () => undefined,
    shouldStop: () => (resume?.step ?? 0) + told.rows.length >= stopAt,
  });
  return { ...told, outcome };
}
