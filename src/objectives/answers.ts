import { crossEntropy } from "../engine/ops/cross-entropy.ts";
import { tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import type { ObjectiveBatch } from "./objective.ts";

/** Formulas that several objectives share. */

/** Mean of values [S] over the tokens of answers; weights [S] are 1 there, else 0. A scalar. */
export function meanOverAnswers(values: Tensor, weights: Tensor): Tensor {
  return tf.div(tf.sum(tf.mul(values, weights)), tf.sum(weights));
}

/**
 * Log-probability of each row's answer, nats: the sum over its tokens of log pi(token | those before it).
 * @param logits [S, V]
 * @returns [B]
 */
export function answerLogProbs(
  logits: Tensor,
  { B, T, targets, weights }: Pick<ObjectiveBatch, "B" | "T" | "targets" | "weights">,
): Tensor {
  const nats = tf.mul(crossEntropy(logits, targets), weightsOf(weights)); // [S]
  return tf.neg(tf.sum(tf.reshape(nats, [B, T]), 1));
}

/** @throws Error where a batch has none. */
export function weightsOf(weights: Tensor | undefined): Tensor {
  if (weights === undefined) throw new Error("the batch does not say which of its tokens are answers");
  return weights;
}

/**
 * Mean language-model loss, nats per token: of all tokens, or of those of answers where the batch has weights.
 * @param logits [S, V]
 * @param targets [S] int32
 * @param weights [S]
 */
export function languageModelLoss(logits: Tensor, targets: Tensor, weights?: Tensor): Tensor {
  const nats = crossEntropy(logits, targets); // [S]
  return weights === undefined ? tf.mean(nats) : meanOverAnswers(nats, weights);
}
