import { DEFAULTS } from "../../src/config/defaults.ts";
import type { Settings } from "../../src/config/settings.ts";
import { streamOf } from "../../src/core/streams.ts";
import { sizeOf } from "../../src/core/axes.ts";
import type { HostArray, HostTensors, Program } from "../../src/engine/types.ts";
import { NAMES } from "../../src/model/programs.ts";
import { initialParameters, parameterSpecs, stateSpecs } from "../../src/model/parameters.ts";
import type { Router } from "../../src/model/router.ts";

/** A vocabulary that is no power of two, so that mixed-up axes show. */
export const TINY_V = 11;

/** Settings of a model small enough for the slow engine. */
export function tinySettings(change: {
  router?: { name: string; options?: Record<string, unknown> };
  model?: Partial<Settings["model"]>;
  data?: Partial<Settings["data"]>;
  losses?: Partial<Settings["losses"]>;
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
      ...{ sequenceLength: 6, batchSequences: 2, validationTokens: 24 },
      ...change.data,
    },
    training: {
      ...DEFAULTS.training,
      ...{ steps: 10, learningRate: 0.01, warmupSteps: 2, evaluateEvery: 5, evaluationTokens: 12 },
    },
    streams: { router: 0 },
    parent: null,
  };
}

/** Random inputs of a model's program: parameters by their streams (norm gains moved off 1), tokens, state. */
export function programFeeds(
  program: Program,
  settings: Settings,
  router: Router,
  vocabulary: number,
  seed: number,
): HostTensors {
  const feeds: Record<string, HostArray> = {};
  const stream = streamOf(seed, "test-feeds");
  const specs = parameterSpecs(settings, router, vocabulary);
  const start = initialParameters(specs, settings, seed);
  for (const [name, values] of Object.entries(start)) {
    if (specs[name]?.start === "ones") values.forEach((_, i) => (values[i] = 1 + 0.2 * stream.normal()));
    feeds[NAMES.parameter(name)] = values;
  }
  for (const [name, { shape }] of Object.entries(stateSpecs(settings, router, vocabulary))) {
    feeds[NAMES.state(name)] = new Float32Array(sizeOf(shape)).map(() => 0.1 + 0.1 * stream.uniform());
  }
  for (const name of [NAMES.inputs, NAMES.targets]) {
    const size = sizeOf(program.inputs[name]!.shape);
    feeds[name] = Int32Array.from({ length: size }, () => stream.integer(vocabulary));
  }
  return feeds;
}

/** |a - b| / |b| in the 2-norm; the plain distance where b is zero. */
export function relativeDistance(a: HostArray, b: HostArray): number {
  let difference = 0;
  let norm = 0;
  b.forEach((value, index) => {
    difference += (a[index]! - value) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(difference) / (norm === 0 ? 1 : Math.sqrt(norm));
}
