import { z } from "zod";
import { integer, number, positive, setting, younger } from "./setting.ts";

/** Most optimiser steps of one run. */
export const MAX_STEPS = 1e7;

const optimizer = z
  .strictObject({
    beta1: setting(number(0, 0.9999), 0.9, "AdamW's decay of the first moment."),
    beta2: setting(number(0, 0.999999), 0.95, "AdamW's decay of the second moment."),
    eps: setting(positive(0.1), 1e-8, "AdamW's epsilon."),
    weightDecay: setting(number(0, 10), 0.1, "Decoupled weight decay, times the learning rate."),
    decayNorms: setting(z.boolean(), true, "Whether norm gains decay too."),
    decayEmbeddings: setting(z.boolean(), true, "Whether embeddings decay too."),
    clipNorm: setting(positive(1e6).nullable(), 1, "Clip of the global gradient norm; null does not clip."),
  })
  .describe("AdamW.");

/** Length, schedule and optimiser: OLMoE's, at a size that a laptop trains in minutes. */
export const training = z
  .strictObject({
    steps: setting(integer(1, MAX_STEPS), 800, "Optimiser steps."),
    learningRate: setting(positive(10), 3e-3, "Peak learning rate."),
    warmupSteps: setting(integer(0, MAX_STEPS), 80, "Steps of linear warm-up; fewer than steps."),
    finalLearningRateShare: setting(number(0, 1), 0.1, "The cosine ends at this share of the peak."),
    annealShare: younger(
      setting(
        number(0, 1),
        0,
        "Share of the last steps in which the learning rate falls in a straight line to zero, after the cosine; 0 for none.",
      ),
      0,
    ),
    evaluateEvery: setting(
      integer(1, MAX_STEPS),
      100,
      "Steps between two evaluations on a part of the validation tokens.",
    ),
    evaluationTokens: setting(
      integer(1, 1e9),
      16_384,
      "Tokens of those evaluations; at most data.validationTokens.",
    ),
    averageLastShare: younger(
      setting(
        number(0, 1),
        0,
        "Share of the last steps over whose weights the final model averages; 0 keeps the last step's.",
      ),
      0,
    ),
    routerLearningRateScale: younger(
      setting(number(0, 1000), 1, "Factor on the learning rate of the router's parameters."),
      1,
    ),
    routerWeightDecay: younger(
      setting(
        number(0, 10).nullable(),
        null,
        "Weight decay of the router's parameters; null: that of all others.",
      ),
      null,
    ),
    routerStart: younger(
      setting(
        number(0, 1),
        0,
        "Share of the steps before which the router stays as it starts; then it begins to learn.",
      ),
      0,
    ),
    routerEnd: younger(
      setting(
        number(0, 1),
        1,
        "Share of the steps after which the router is frozen; 1: it learns to the end.",
      ),
      1,
    ),
    routerJitter: younger(
      setting(
        number(0, 1),
        0,
        "Half-width e of the noise U(1 - e, 1 + e) by which every number that the router sees in training is multiplied (Switch's input jitter); 0 for none.",
      ),
      0,
    ),
    optimizer: optimizer.prefault({}),
  })
  .describe("Length, schedule and optimiser.");
