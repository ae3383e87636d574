import { z } from "zod";
import { sumsBefore, topKIndices } from "../../engine/ops/discrete.ts";
import { putAlongLast, takeAlongLast } from "../../engine/ops/rows.ts";
import { tf } from "../../engine/tf.ts";
import type { Tensor, Tensors } from "../../engine/types.ts";

/** Below every probability that counts in an entropy. */
const LEAST = 1e-20;

/** Weight of the loss that keeps a router from being so unsure that it needs all experts. */
export function entropyWeightOption() {
  return z
    .number()
    .min(0)
    .max(10)
    .default(0.0001)
    .describe("Weight of the entropy of a token's probabilities, in nats; 0 turns it off.");
}

/**
 * The most probable experts of each token whose probabilities reach a sum: one is taken while those before it have not.
 * @param probs [S, E]
 * @param sum a number or a scalar
 * @returns [S, E], 1 where the expert is taken, else 0; no gradient
 */
export function mostProbable(probs: Tensor, sum: Tensor | number): Tensor {
  const E = probs.shape[1] ?? 0;
  const order = topKIndices(probs, E); // [S, E], most probable first
  const before = sumsBefore(takeAlongLast(probs, order), 1); // [S, E], sum of those before
  return putAlongLast(tf.cast(tf.less(before, sum), "float32"), order, E);
}

/** The mean entropy of the probabilities, weighted; nothing where the weight is 0. @param probs [S, E] */
export function entropyLoss(probs: Tensor, weight: number): Tensors {
  if (weight === 0) return {};
  const entropy = tf.neg(tf.sum(tf.mul(probs, tf.log(tf.add(probs, LEAST))), 1)); // [S]
  return { entropy: tf.mul(tf.mean(entropy), weight) };
}
