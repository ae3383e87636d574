import { deepFreeze } from "./paths.ts";
import { SHIPPED_CORPORA } from "./schema.ts";
import type { Settings } from "./settings.ts";

/**
 * The settings of a base that writes nothing: OLMoE's recipe (DESIGN 6) at a size that a laptop trains in minutes.
 * The options of a router are its own (its schema holds their defaults).
 */
export const DEFAULTS: Settings = deepFreeze({
  model: {
    width: 64,
    layers: 2,
    heads: 2,
    experts: 8,
    topK: 2,
    expertWidth: 128,
    norm: "rms",
    normEps: 1e-5,
    qkNorm: true,
    localizedFiltering: false,
    rotaryBase: 10_000,
    tiedEmbeddings: false,
    init: { distribution: "truncated-normal", std: 0.02, cut: 3 },
  },
  router: { name: "linear", options: {} },
  losses: { balanceWeight: 0.01, zWeight: 0.001 },
  data: {
    domains: SHIPPED_CORPORA.map((corpus) => ({
      name: corpus,
      weight: 1,
      validationWeight: null,
      corpus,
      files: [],
    })),
    validationShare: 0.05,
    testShare: 0.05,
    sequenceLength: 64,
    batchSequences: 16,
    validationTokens: 65_536,
  },
  training: {
    steps: 800,
    learningRate: 3e-3,
    warmupSteps: 80,
    finalLearningRateShare: 0.1,
    annealShare: 0,
    evaluateEvery: 100,
    evaluationTokens: 16_384,
    averageLastShare: 0,
    optimizer: {
      beta1: 0.9,
      beta2: 0.95,
      eps: 1e-8,
      weightDecay: 0.1,
      decayNorms: true,
      decayEmbeddings: true,
      clipNorm: 1,
    },
  },
  streams: { router: 0 },
  parent: null,
});

/** How a parent's weights are taken over when a file names a parent and says no more. */
export const PARENT_DEFAULTS = { seed: null, keepRouter: false, noise: null } as const;

/** OLMoE's noise (appendix F), for a file that asks for noise and says no more. */
export const NOISE_DEFAULTS = { share: 0.5, std: 0.02 } as const;

/** What an experiment is judged by when its file does not say. */
export const EXPERIMENT_DEFAULTS = { metric: "validation_loss_nats", margin: 0.003 } as const;

/** The weight of a domain that states none. */
export const DOMAIN_WEIGHT = 1;
