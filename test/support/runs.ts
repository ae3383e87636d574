import { DEFAULTS } from "../../src/config/defaults.ts";
import type { Settings } from "../../src/config/settings.ts";
import { identityOf } from "../../src/store/identity.ts";
import type { Provenance } from "../../src/records/run.ts";
import type { RunPlan } from "../../src/store/write-run.ts";
import type { Checkpoint } from "../../src/train/types.ts";
import type { FinalResults, MetricRow } from "../../src/records/results.ts";

export { temporaryFolder } from "./folder.ts";

export const PROVENANCE: Provenance = {
  engine: "compiled",
  threads: 1,
  versions: { tfjs: "4.22.0" },
  passes: [],
  platform: "test",
  cpu: "test",
  moeLab: "0.0.0",
};

/** The default settings with some steps. */
export function settingsOf(steps = 10): Settings {
  return { ...DEFAULTS, training: { ...DEFAULTS.training, steps, warmupSteps: 1 } };
}

/** A shipped router's run that starts at random. */
export const SOURCES = { routerName: "linear", dataHash: "data", routerHash: null, parent: null };

export function planOf(seed = 1, settings: Settings = settingsOf()): RunPlan {
  return {
    identity: identityOf(settings, seed, SOURCES),
    solved: {},
    causal: true,
    cost: { totalParameters: 100, activeParameters: 50, forwardFlopsPerToken: 200 },
  };
}

export function metricRow(step: number, validationLossNats: number | null = null): MetricRow {
  return {
    ...{ step, tokens: step * 1024, learningRate: 0.001, trainLossNats: 5 - step / 10 },
    ...{ balanceLoss: 1.25, zLoss: null, gradientNorm: 0.5, validationLossNats },
  };
}

export function checkpointAt(step: number): Checkpoint {
  const values = Float32Array.of(step, 0.1, -1e-30, 3e38);
  return {
    step,
    tensors: {
      "parameters/head": { shape: [2, 2], values },
      "first_moments/head": { shape: [2, 2], values: values.map((value) => value / 2) },
      "second_moments/head": { shape: [2, 2], values: values.map((value) => Math.abs(value) / 4) },
      "state/bias": { shape: [], values: Float32Array.of(step) },
    },
  };
}

export function finalResults(validationLossNats = 1.5): FinalResults {
  return {
    tokensTrained: 10_240,
    trainLossNats: 1.4,
    validationLossNats,
    validationBitsPerByte: validationLossNats / Math.LN2,
    causalValidationLossNats: null,
    domainLossNats: { fiction: validationLossNats },
    balanceLoss: 1.01,
    zLoss: 0.5,
    maxLoadShare: 0.2,
    deadExperts: 0,
    unroutedShare: 0,
  };
}
