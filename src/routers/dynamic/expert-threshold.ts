import { z } from "zod";
import { topKIndices } from "../../engine/ops/discrete.ts";
import { takeAlongLast } from "../../engine/ops/rows.ts";
import { detach, tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts } from "../shared/common.ts";
import { cutoffState, KEEP, nextCutoff, thresholdOf } from "../shared/cutoff.ts";

/**
 * Expert choice without a look at the batch: an expert takes every token that it scores above the running mean of the score that its best K S / E tokens of a batch had, in training
 * and evaluation alike. Tokens get as many experts as take them, none too. The threshold comes from the batches before; in the very first step it is 0, and every
 * expert takes all.
 *
 * Read in the paper: the threshold, its running mean and its use in training. Not known to us: the score and the decay. Here scores are the softmax of our expert
 * choice, so that the two differ by the threshold alone.
 */
export default defineRouter({
  name: "expert-threshold",
  paper: "Expert Threshold Routing, Sun et al., arXiv 2603.11535 (from its abstract)",
  summary: "Experts take every token above a running threshold: expert choice that sees no future.",
  options: z.strictObject({
    keep: z
      .number()
      .min(0)
      .lt(1)
      .default(KEEP)
      .describe("Share of the old value in the running mean of a threshold."),
  }),
  problems: (_, model) => needsSeveralExperts("expert-threshold", model),
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: false,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  state: ({ E }) => cutoffState([E]),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters, state }, { B, T, E, K }, { keep }) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const probs = tf.softmax(logits); // [S, E]
    const taken = tf.cast(tf.greater(detach(probs), thresholdOf(state)), "float32"); // [S, E]
    const share = Math.max(1, Math.round((K * B * T) / E));
    return {
      assignment: { kind: "dense", gate: tf.mul(probs, taken) },
      logits,
      probs,
      state: nextCutoff(state, lowestOfBest(tf.transpose(detach(probs)), share), keep),
    };
  },
});

/** Each row's n-th largest number. @param x [E, S] @returns [E] */
function lowestOfBest(x: Tensor, n: number): Tensor {
  const [E = 0] = x.shape;
  const best = takeAlongLast(x, topKIndices(x, n)); // [E, n]
  return tf.reshape(tf.slice(best, [0, n - 1], [E, 1]), [E]);
}
