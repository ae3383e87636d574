import { DEFAULTS } from "../../src/config/defaults.ts";
import type { Settings } from "../../src/config/settings.ts";
import type { ExperimentResults, RunRow } from "../../src/records/experiment.ts";

/**
 * A small hand-made experiment. Baseline losses 1.50, 1.52, 1.54 (mean 1.52) at seeds 1, 2, 3; the others by their paired
 * differences. `expert-choice` failed at seed 3, `hash` is finished at seed 1 alone; its label tries everything that could break a printer.
 */
const BASELINE = [1.5, 1.52, 1.54];
const DIFFERENCES: Record<string, readonly (number | null)[]> = {
  linear: [0, 0, 0],
  attention: [-0.01, -0.02, -0.03],
  "expert-choice": [-0.1, -0.11, null],
  hash: [0.03, null, null],
  frozen: [0.015, 0.02, 0.025],
  dense: [0.06, 0.07, 0.08],
};
const LABELS: Record<string, string> = {
  linear: "Linear",
  attention: "Attention",
  "expert-choice": "Expert choice",
  hash: "=HYPERLINK(1) | 50% & co_1 <b>\u001b[31m",
  frozen: "Linear, frozen",
  dense: "Dense",
};

const settings: Settings = {
  ...DEFAULTS,
  router: { name: "linear", options: { frozen: false } },
  data: {
    ...DEFAULTS.data,
    domains: [
      { name: "fiction", weight: 1, validationWeight: null, corpus: "fiction", task: null, files: [] },
      {
        ...{ name: "mine", weight: 1, validationWeight: null, corpus: null, task: null },
        files: ["diary.txt"],
      },
    ],
    validationShare: 0.1,
  },
  training: { ...DEFAULTS.training, steps: 1600, warmupSteps: 160 },
};

function run(variant: string, index: number): RunRow {
  const difference = DIFFERENCES[variant]?.[index] ?? null;
  const base = { variant, seed: index + 1, runId: `${variant}-${index + 1}` };
  if (difference === null) {
    const failed = variant === "expert-choice";
    return { ...base, status: failed ? "failed" : "missing", provenance: null, results: null };
  }
  const loss = BASELINE[index]! + difference;
  return {
    ...base,
    status: "finished",
    provenance: variant === "frozen" && index === 1 ? "compiled/2t" : "compiled/1t",
    results: {
      tokensTrained: 1_638_400,
      trainLossNats: loss - 0.05,
      validationLossNats: loss,
      validationBitsPerByte: loss / Math.LN2,
      causalValidationLossNats: variant === "expert-choice" ? loss + 0.2 : null,
      domainLossNats: { fiction: loss + 0.1, mine: loss - 0.1 },
      balanceLoss: variant === "hash" ? null : 1.1,
      zLoss: variant === "hash" ? null : 4 / 3,
      maxLoadShare: 0.25 + 0.01 * index,
      deadExperts: index,
      unroutedShare: variant === "expert-choice" ? 0.125 : 0,
    },
  };
}

const names = Object.keys(DIFFERENCES);

export const example: ExperimentResults = {
  record: {
    format: 1,
    experiment: {
      name: "attention-router",
      title: "Attention against linear",
      paper: "Yuan 2.0-M32",
      tier: "standard",
      seeds: [1, 2, 3],
      baseline: "linear",
      controls: { floor: "frozen", dense: "dense" },
      metric: "validation_loss_nats",
      margin: 0.003,
      variants: names.map((name) => ({ name, label: LABELS[name]!, varies: [], settings })),
    },
    variants: Object.fromEntries(
      names.map((name) => [
        name,
        {
          cost: {
            totalParameters: name === "dense" ? 200_000 : 494_208,
            activeParameters: 199_296,
            forwardFlopsPerToken: 415_744,
          },
          causal: name !== "expert-choice",
          solved: name === "attention" ? { initScale: 2.5 } : {},
          trainTokensPerSecond: name === "hash" ? null : 28_415.5,
        },
      ]),
    ),
    provenance: {
      engine: "compiled",
      threads: 1,
      versions: { "onnxruntime-node": "1.30.0" },
      passes: ["cse"],
      platform: "linux-x64",
      cpu: "a processor",
      moeLab: "0.1.0",
    },
  },
  runs: names.flatMap((name) => [0, 1, 2].map((index) => run(name, index))),
  curves: [
    {
      variant: "linear",
      seed: 1,
      step: 100,
      tokens: 102_400,
      trainLossNats: 2.3456789012345678,
      validationLossNats: null,
    },
    {
      variant: "linear",
      seed: 1,
      step: 200,
      tokens: 204_800,
      trainLossNats: null,
      validationLossNats: 0.1 + 0.2,
    },
  ],
  load: [
    { variant: "linear", seed: 1, layer: 0, expert: 0, share: 1 / 3 },
    { variant: "linear", seed: 1, layer: 0, expert: 1, share: 2 / 3 },
  ],
  matrices: [
    {
      variant: "attention",
      name: "correlation",
      layer: 1,
      values: [
        [0.1, 0.9],
        [1e-21, 1 / 7],
      ],
    },
    { variant: "attention", name: "=odd, name", layer: 0, values: [[1, 2, 3]] },
  ],
};
