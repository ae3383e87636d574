import { DEFAULTS } from "../../src/config/defaults.ts";
import type { Settings } from "../../src/config/settings.ts";
import type { ModelSpec } from "../../src/model/spec.ts";

export { programFeeds, relativeDistance } from "../../src/check/numbers.ts";

/** A vocabulary that is no power of two, so that mixed-up axes show. */
export const TINY_V = 11;

/** A model of one router that routes otherwise in all layers. */
export function withRoute(spec: ModelSpec, route: ModelSpec["router"]["route"]): ModelSpec {
  const router = { ...spec.router, route };
  return { ...spec, router, routers: spec.routers.map(() => router) };
}

/** Settings of a model small enough for the slow engine. */
export function tinySettings(change: {
  router?: { name: string; options?: Record<string, unknown> };
  model?: Partial<Settings["model"]>;
  data?: Partial<Settings["data"]>;
  losses?: Partial<Settings["losses"]>;
  objective?: Settings["objective"];
}): Settings {
  return {
    model: {
      ...DEFAULTS.model,
      ...{ width: 8, experts: 4, expertWidth: 6 },
      init: { ...DEFAULTS.model.init, std: 0.3 },
      ...change.model,
    },
    router: { name: change.router?.name ?? "linear", options: change.router?.options ?? {} },
    losses: { ...DEFAULTS.losses, ...change.losses },
    data: {
      ...{ domains: [], validationShare: 0.1, testShare: 0.1 },
      ...{ sequenceLength: 6, batchSequences: 2, validationTokens: 24, vocabulary: 256 },
      ...{ maxRepeats: null, wordShareDomains: null, fimRate: 0, fimSpm: 0.5 },
      ...change.data,
    },
    training: {
      ...DEFAULTS.training,
      ...{ steps: 10, learningRate: 0.01, warmupSteps: 2, evaluateEvery: 5, evaluationTokens: 12 },
    },
    objective: change.objective ?? DEFAULTS.objective,
    streams: { router: 0 },
    parent: null,
  };
}
