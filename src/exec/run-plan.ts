import type { Corpus } from "../data/types.ts";
import { costOf } from "../model/cost.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { RunIdentity } from "../records/run.ts";
import { identityOf } from "../store/identity.ts";
import type { RunPlan } from "../store/write-run.ts";
import type { LoadedRouter } from "./user-router.ts";

/** What a run is planned from. */
export interface RunSources {
  readonly model: ModelSpec;
  readonly seed: number;
  readonly router: Pick<LoadedRouter, "hash">;
  readonly corpus: Pick<Corpus, "hash">;
  /** Of the run that it starts from; null where the settings name none. */
  readonly parent: RunIdentity | null;
}

/**
 * What is known of a run before it starts. Parent and worker compute it apart; equal run names prove that both see the
 * same text and the same router.
 */
export function planRun({ model, seed, router, corpus, parent }: RunSources): RunPlan {
  const { name, solved, causal, seesLabels } = model.router;
  const sources = { routerName: name, dataHash: corpus.hash, routerHash: router.hash, parent };
  return {
    identity: identityOf(model.settings, seed, sources),
    solved,
    causal,
    ...(seesLabels && { seesLabels }),
    cost: costOf(model),
  };
}
