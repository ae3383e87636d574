import type { Settings } from "../config/settings.ts";
import type { Corpus } from "../data/types.ts";
import type { Cost } from "../records/cost.ts";
import type { Router, RouterSizes } from "../model/router.ts";
import { identityOf } from "../store/identity.ts";
import type { RunIdentity } from "../records/run.ts";
import type { RunPlan } from "../store/write-run.ts";
import type { LoadedRouter } from "./user-router.ts";

/** The signature of model/cost.ts `costOf`. */
export type CostOf = (settings: Settings, router: Router, vocabulary: number) => Cost;

/** What a run is planned from. */
export interface RunSources {
  readonly settings: Settings;
  readonly seed: number;
  readonly router: LoadedRouter;
  readonly corpus: Pick<Corpus, "hash" | "vocabulary">;
  readonly costOf: CostOf;
  /** Of the run that it starts from; null where the settings name none. */
  readonly parent: RunIdentity | null;
}

/**
 * What is known of a run before it starts. Parent and worker compute it apart; equal run names prove that both see the
 * same text and the same router.
 */
export function planRun({ settings, seed, router: loaded, corpus, costOf, parent }: RunSources): RunPlan {
  const { router, hash } = loaded;
  const options = settings.router.options;
  return {
    identity: identityOf(settings, seed, router.name, corpus.hash, hash, parent),
    solved: router.solved(sizesOf(settings, corpus.vocabulary), options),
    causal: router.causal(options),
    cost: costOf(settings, router, corpus.vocabulary),
  };
}

function sizesOf({ model, data }: Settings, vocabulary: number): RouterSizes {
  return {
    B: data.batchSequences,
    T: data.sequenceLength,
    D: model.width,
    E: model.experts,
    K: model.topK,
    V: vocabulary,
    initStd: model.init.std,
  };
}
