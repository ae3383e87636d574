import { z } from "zod";
import { tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import { chooseRenormalised, chooseUnnormalised } from "../../model/gating.ts";
import { defineRouter, type RouterSizes } from "../../model/router.ts";
import { topKProblems } from "../shared/common.ts";

/** The temperature starts here and stays above the other, as in Tutel's code. */
const TEMPERATURE = { start: 0.5, least: 0.01 };

/** Keeps a length off zero; hidden states and weights are longer by far. */
const LEAST_SQUARE = 1e-12;

const options = z.strictObject({
  dimension: z
    .union([z.int().min(1).max(65_536), z.literal("half-experts")])
    .default("half-experts")
    .describe('Dimensions in which tokens and experts are compared; "half-experts" is E / 2, at least 2.'),
  renormalise: z
    .boolean()
    .default(true)
    .describe("Gates are a softmax over the chosen logits; false: the chosen probabilities as they are."),
});

/**
 * The cosine between a token and each expert, in few dimensions: logits_i = cos(x P, e_i) / temperature, the temperature learned as exp of a scalar. Scores can't
 * grow with the length of a hidden state, which the paper blames for experts that collapse into one.
 *
 * P has no bias (Tutel's has one). That the paper compares in E / 2 dimensions is from memory; Tutel's default is 256.
 */
export default defineRouter({
  name: "cosine",
  paper: "X-MoE, Chi et al., arXiv 2204.09179, section 3; Tutel's cosine_top gate",
  summary: "Softmax top-k of the cosine between a projected token and each expert, at a learned temperature.",
  options,
  problems: ({ renormalise }, model) => topKProblems("cosine", renormalise, model),
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: (sizes, chosen) => {
    const R = dimensionOf(sizes, chosen);
    return {
      project: { shape: [sizes.D, R], std: sizes.initStd },
      experts: { shape: [R, sizes.E], std: sizes.initStd },
      log_scale: { shape: [], initial: Math.log(1 / TEMPERATURE.start) },
    };
  },
  flopsPerToken: (sizes, chosen) => 2 * dimensionOf(sizes, chosen) * (sizes.D + sizes.E),
  route: ({ x, parameters }, { K }, { renormalise }) => {
    const token = unitLength(tf.matMul(x, parameters.project), 1); // [S, R]
    const cosines = tf.matMul(token, unitLength(parameters.experts, 0)); // [S, E]
    const scale = tf.exp(tf.minimum(parameters.log_scale, Math.log(1 / TEMPERATURE.least))); // scalar
    const logits = tf.mul(cosines, scale); // [S, E]
    const probs = tf.softmax(logits); // [S, E]
    const assignment = renormalise ? chooseRenormalised(logits, K) : chooseUnnormalised(logits, probs, K);
    return { assignment, logits, probs };
  },
});

function unitLength(x: Tensor, axis: number): Tensor {
  return tf.div(x, tf.sqrt(tf.add(tf.sum(tf.square(x), axis, true), LEAST_SQUARE)));
}

function dimensionOf({ E }: Pick<RouterSizes, "E">, { dimension }: z.output<typeof options>): number {
  return dimension === "half-experts" ? Math.max(2, Math.round(E / 2)) : dimension;
}
