import { z } from "zod";
import { tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import { chooseRenormalised } from "../../model/gating.ts";
import { defineRouter, type RouterSizes } from "../../model/router.ts";
import { CORRELATION_RANK, effectiveRank } from "../shared/correlation-measures.ts";
import { needsSeveralExperts, renormalisedNeedsTwo } from "../shared/common.ts";

const options = z.strictObject({
  heads: z.int().min(1).max(64).default(2).describe("Heads, whose scores are averaged; the paper has 1."),
  dimension: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe(
      "Numbers in the query and key of an expert; with 1, as in the paper, correlations have rank 1.",
    ),
  scaled: z
    .boolean()
    .default(true)
    .describe("Products of query and key are divided by the root of their dimension."),
  symmetric: z
    .boolean()
    .default(false)
    .describe("Keys are the queries, so that two experts correlate both ways alike."),
});

type HeadOptions = z.output<typeof options>;

/**
 * Relatives of the attention router (its authors never ran them): with H heads and d numbers in a query, P_i = 1/H sum_h sum_j softmax_j(q_hi . k_hj / sqrt(d)) v_hj; the rest as in
 * `attention`, which is this with one head and d = 1. What a single scalar can't: correlate an expert with several others at once.
 */
export default defineRouter({
  name: "attention-heads",
  paper: "relatives of Yuan 2.0-M32's router, arXiv 2405.17976, section 3",
  summary: "The attention router with heads, vectors for queries and keys, or symmetric correlation.",
  options,
  problems: (_, model) => [...needsSeveralExperts("attention-heads", model), ...renormalisedNeedsTwo(model)],
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: ({ D, E, initStd }, { heads: H, dimension: d, symmetric }) => {
    const vectors = { shape: [D, H, d, E], std: initStd };
    return {
      query: vectors,
      ...(symmetric ? {} : { key: vectors }),
      value: { shape: [D, H, E], std: initStd },
    };
  },
  matrices: ({ E }) => ({ correlation: [E, E] }),
  measures: () => CORRELATION_RANK,
  // Projections, products of queries and keys, softmax (about 3 a number) and weighted sums.
  flopsPerToken: ({ D, E }, { heads: H, dimension: d, symmetric }) =>
    2 * D * H * E * (d * (symmetric ? 1 : 2) + 1) + H * E * E * (2 * d + 5),
  route: ({ x, parameters }, sizes, chosen) => {
    const { H, S, E } = { H: chosen.heads, S: sizes.B * sizes.T, E: sizes.E };
    const q = project(x, parameters.query, sizes, chosen); // [S, H, d, E]
    const k = parameters.key === undefined ? q : project(x, parameters.key, sizes, chosen); // [S, H, d, E]
    const v = tf.reshape(tf.matMul(x, tf.reshape(parameters.value, [sizes.D, H * E])), [S, H, 1, E]);
    const root = chosen.scaled ? Math.sqrt(chosen.dimension) : 1;
    const correlation = tf.softmax(tf.div(tf.matMul(q, k, true), root)); // [S, H, E, E], over j
    const scores = tf.mean(tf.sum(tf.mul(correlation, v), 3), 1); // [S, E]
    return {
      assignment: chooseRenormalised(scores, sizes.K),
      logits: scores,
      probs: tf.softmax(scores),
      matrices: { correlation: tf.mean(correlation, [0, 1]) },
      measures: () => ({ correlation_effective_rank: effectiveRank(tf.mean(correlation, 1)) }),
    };
  },
});

/** x W by head. @param weight [D, H, d, E] @returns [S, H, d, E] */
function project(
  x: Tensor,
  weight: Tensor,
  { B, T, D, E }: RouterSizes,
  { heads, dimension }: HeadOptions,
): Tensor {
  const flat = tf.matMul(x, tf.reshape(weight, [D, heads * dimension * E]));
  return tf.reshape(flat, [B * T, heads, dimension, E]);
}
