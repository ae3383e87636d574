import type { Corpus } from "../data/types.ts";
import { costOf } from "../model/cost.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { RunIdentity } from "../records/run.ts";
import { identityOf } from "../store/identity.ts";
import type { RunPlan } from "../store/write-run.ts";
import type { ModelRouters } from "./model-routers.ts";

/** What a run is planned from. */
export interface RunSources {
  readonly model: ModelSpec;
  readonly seed: number;
  readonly routers: Pick<ModelRouters, "hash">;
  readonly corpus: Pick<Corpus, "hash" | "domains">;
  /** Of the run that it starts from; null where the settings name none. */
  readonly parent: RunIdentity | null;
}

/**
 * What is known of a run before it starts. Parent and worker compute it apart; equal run names prove that both see the
 * same text and the same router.
 */
export function planRun({ model, seed, routers, corpus, parent }: RunSources): RunPlan {
  const { causal, seesLabels } = model;
  const sources = { routerName: model.router.name, dataHash: corpus.hash, routerHash: routers.hash, parent };
  return {
    identity: identityOf(model.settings, seed, sources),
    solved: solvedOf(model),
    causal,
    ...(seesLabels && { seesLabels }),
    cost: costOf(model),
    ...filteredIn(corpus),
  };
}

/** What filters left out of the training text, by domain; nothing where there are none. */
function filteredIn({ domains }: Pick<Corpus, "domains">): Pick<RunPlan, "filtered"> {
  const filtered = domains.flatMap((domain) =>
    (domain.filtered ?? []).map((count) => ({ domain: domain.name, ...count })),
  );
  return filtered.length === 0 ? {} : { filtered };
}

/** What routers solved; of one that is not the main one, with its name. */
function solvedOf({ router, routers, settings: { model } }: ModelSpec): Record<string, number> {
  const others = new Set(routers.slice(model.denseLayers).filter((other) => other !== router));
  return {
    ...router.solved,
    ...Object.fromEntries(
      [...others].flatMap(({ name, solved }) =>
        Object.entries(solved).map(([option, value]) => [`${name} ${option}`, value]),
      ),
    ),
  };
}
