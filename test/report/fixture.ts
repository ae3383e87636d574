import { DEFAULTS } from "../../src/config/defaults.ts";
import { streamOf } from "../../src/core/streams.ts";
import type { Settings, Variant } from "../../src/config/settings.ts";
import type { ExperimentResults, RunRow } from "../../src/records/experiment.ts";
import type { FinalResults } from "../../src/records/results.ts";

/** A variant of the made-up experiment. */
export interface FixtureVariant {
  readonly name: string;
  readonly label?: string;
  readonly router: string;
  /** Final loss relative to the baseline. */
  readonly loss: number;
  readonly causal?: boolean;
  readonly experts?: number;
  /** Spread of the load over experts, standard deviation of its logarithm. */
  readonly unevenness?: number;
  readonly correlation?: number;
  readonly totalParameters?: number;
}

/** The eleven variants of the attention-router experiment, with made-up numbers of realistic size. */
export const ELEVEN: readonly FixtureVariant[] = [
  { name: "linear", router: "linear", loss: 1, unevenness: 0.15 },
  { name: "shared-expert", router: "shared-expert", loss: 1.004, unevenness: 0.15 },
  { name: "attention", router: "attention", loss: 1.011, unevenness: 0.25, correlation: 0.02 },
  {
    name: "attention-matched",
    label: "attention, scale-matched",
    router: "attention",
    loss: 1.005,
    unevenness: 0.2,
    correlation: 0.4,
  },
  { name: "linear-nobalance", label: "linear, no balance", router: "linear", loss: 1.014, unevenness: 0.9 },
  {
    name: "attention-nobalance",
    label: "attention, no balance",
    router: "attention",
    loss: 1.021,
    unevenness: 1.1,
    correlation: 0.05,
  },
  {
    name: "attention-matched-nobalance",
    label: "attention, matched, no bal.",
    router: "attention",
    loss: 1.017,
    unevenness: 1,
    correlation: 0.6,
  },
  { name: "expert-choice", router: "expert-choice", loss: 0.972, causal: false, unevenness: 0 },
  { name: "frozen", label: "linear, frozen", router: "linear", loss: 1.016, unevenness: 0.4 },
  { name: "hash", router: "hash", loss: 0.986, unevenness: 0.1 },
  { name: "dense", router: "dense", loss: 1.034, experts: 1, totalParameters: 900_000 },
];

const STEPS = 800;
const TOKENS_A_STEP = 1024;
const FINAL_LOSS_NATS = 1.55;

/** Sizes of the made-up experiment. */
interface FixtureSizes {
  readonly evaluateEvery: number;
  readonly layers: number;
  readonly experts: number;
}

/** Made-up results, the same at every call: numbers come from named random streams. */
export function madeUpResults(
  variants: readonly FixtureVariant[],
  seeds: readonly number[],
  sizes: FixtureSizes = { evaluateEvery: 40, layers: 4, experts: 8 },
): ExperimentResults {
  const runs: RunRow[] = [];
  const curves: ExperimentResults["curves"][number][] = [];
  const load: ExperimentResults["load"][number][] = [];
  const matrices: ExperimentResults["matrices"][number][] = [];
  for (const variant of variants) {
    for (const seed of seeds) {
      const shared = streamOf(seed, "shared").normal() * 0.012;
      const own = streamOf(seed, "own", variant.name).normal() * 0.004;
      const final = FINAL_LOSS_NATS * (variant.loss + shared + own);
      const noise = streamOf(seed, "noise", variant.name);
      for (let step = sizes.evaluateEvery; step <= STEPS; step += sizes.evaluateEvery) {
        const early = 2.9 * (Math.exp(-step / 110) + 0.22 * Math.exp(-step / 500));
        const speed = 1 + (variant.loss - 1) * 2;
        const value = final + (early - 2.9 * 0.22 * Math.exp(-STEPS / 500)) * speed + noise.normal() * 0.004;
        curves.push({
          variant: variant.name,
          seed,
          step,
          tokens: step * TOKENS_A_STEP,
          trainLossNats: value - 0.02,
          validationLossNats: step === STEPS ? final : value,
        });
      }
      runs.push({
        variant: variant.name,
        seed,
        runId: `${variant.router}${seed}`,
        status: "finished",
        provenance: "compiled",
        results: finalResults(final),
      });
      load.push(...madeUpLoad(variant, seed, sizes));
    }
    matrices.push(...madeUpMatrices(variant, sizes));
  }
  return {
    record: {
      format: 1,
      experiment: {
        name: "made-up",
        title: "Does the attention router beat the classic router in a small model?",
        paper: "Yuan 2.0-M32, arXiv 2405.17976, section 3",
        tier: "standard",
        seeds,
        baseline: "linear",
        controls: { floor: "frozen", dense: "dense" },
        metric: "validation_loss_nats",
        margin: 0.003,
        variants: variants.map((variant) => variantOf(variant, sizes)),
      },
      variants: Object.fromEntries(
        variants.map((variant) => [
          variant.name,
          {
            cost: {
              totalParameters: variant.totalParameters ?? 3_500_000,
              activeParameters: 1_100_000,
              forwardFlopsPerToken: 2_300_000,
            },
            causal: variant.causal ?? true,
            solved: {},
            trainTokensPerSecond: 28_000,
          },
        ]),
      ),
      provenance: {
        engine: "compiled",
        threads: 1,
        versions: { node: "20.20.2", "onnxruntime-node": "1.30.0" },
        passes: ["fold"],
        platform: "linux x64",
        cpu: "made up",
        moeLab: "0.1.0",
      },
    },
    runs,
    curves,
    load,
    matrices,
  };
}

function finalResults(lossNats: number): FinalResults {
  return {
    tokensTrained: STEPS * TOKENS_A_STEP,
    trainLossNats: lossNats - 0.03,
    validationLossNats: lossNats,
    validationBitsPerByte: lossNats / Math.LN2,
    causalValidationLossNats: null,
    domainLossNats: {},
    balanceLoss: 1.02,
    zLoss: 0.4,
    maxLoadShare: 0.2,
    deadExperts: 0,
    unroutedShare: 0,
  };
}

function madeUpLoad(variant: FixtureVariant, seed: number, sizes: FixtureSizes): ExperimentResults["load"] {
  const experts = variant.experts ?? sizes.experts;
  const stream = streamOf(seed, "load", variant.name);
  return Array.from({ length: sizes.layers }, (_, layer) => {
    const weights = Array.from({ length: experts }, () =>
      Math.exp(stream.normal() * (variant.unevenness ?? 0)),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight, expert) => ({
      variant: variant.name,
      seed,
      layer,
      expert,
      share: weight / sum,
    }));
  }).flat();
}

function madeUpMatrices(variant: FixtureVariant, sizes: FixtureSizes): ExperimentResults["matrices"] {
  const { correlation } = variant;
  if (correlation === undefined) return [];
  const stream = streamOf(0, "matrix", variant.name);
  return Array.from({ length: sizes.layers }, (_, layer) => ({
    variant: variant.name,
    name: "correlation",
    layer,
    values: Array.from({ length: sizes.experts }, () => {
      const weights = Array.from({ length: sizes.experts }, () => Math.exp(stream.normal() * correlation));
      const sum = weights.reduce((a, b) => a + b, 0);
      return weights.map((weight) => weight / sum);
    }),
  }));
}

function variantOf({ name, label, router, experts }: FixtureVariant, sizes: FixtureSizes): Variant {
  const settings: Settings = {
    ...DEFAULTS,
    model: {
      ...DEFAULTS.model,
      ...{ layers: sizes.layers, heads: 4, experts: experts ?? sizes.experts, expertWidth: 64 },
    },
    router: { name: router, options: {} },
    data: {
      ...DEFAULTS.data,
      domains: [
        { name: "fiction", weight: 1, validationWeight: null, task: null, corpus: "moby-dick", files: [] },
      ],
      ...{ sequenceLength: 128, batchSequences: 8 },
    },
    training: {
      ...DEFAULTS.training,
      ...{ steps: STEPS, warmupSteps: 40, evaluateEvery: sizes.evaluateEvery, evaluationTokens: 8_192 },
    },
  };
  return { name, label: label ?? name, varies: ["router"], settings };
}

/** The same runs as if they had learned answers and preferences: of 100 questions the first variant has 40 right at every seed, each other one 2 more than the one before. */
export function withAnswers(results: ExperimentResults): ExperimentResults {
  const names = results.record.experiment.variants.map(({ name }) => name);
  const runs = results.runs.map((run) => {
    if (run.results === null) return run;
    const right = 40 + 2 * names.indexOf(run.variant);
    const split = { [`<b onclick="document.title='bad'">`]: { asked: 100, right } };
    const answers = {
      ...{ validation: split, test: split, choice: { asked: 100, choices: 4, right, rightPerByte: 30 } },
      samples: {
        ...{ questions: 10, each: 4, right: 8, solved: 5, distinct: [0.5, 0.5, 0.5, 0.5] },
        ...{ selfBleu: 0.5, entropyNats: 2, tokens: 5 },
      },
    };
    return { ...run, results: { ...run.results, answers, objective: { reward_accuracy: 0.75 } } };
  });
  return { ...results, runs };
}
