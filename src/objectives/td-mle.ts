import { crossEntropy } from "../engine/ops/cross-entropy.ts";
import { logSumExp } from "../engine/ops/log-sum-exp.ts";
import { detach, tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import { meanOverAnswers, weightsOf } from "./answers.ts";
import type { Objective } from "./objective.ts";
import { sft } from "./sft.ts";

/**
 * Maximum likelihood with a temporal-difference term (Wulfmeier et al. 2024, arXiv 2409.01369: offline IQ-Learn rewritten). Logits are
 * read as Q values of the token a in the state s, all before it:
 *
 *     v(s) = logsumexp Q(s, .),  log pi(a|s) = Q(s, a) - v(s),  r = v(s) + log pi(a|s) - gamma v(s')
 *     loss = mean over the tokens of answers of [ -log pi(a|s) + lambda r^2 ]
 *
 * s' is the state after a. After the last token of an answer, the one that ends it, there is none: v(s') is 0 there, the value of a
 * state without future reward. Gradients go through v(s') too, as in IQ-Learn (no target network, no stop).
 *
 * The formula is second hand: the paper's own statement could not be had, and what was had is a summary, checked against the soft Bellman
 * equation. Uncertain are a constant factor of the term (lambda takes it) and what the paper puts for v at the end.
 *
 * With lambda 0 this is sft, bit for bit.
 */
export const tdMle: Objective = {
  paper: "arXiv 2409.01369 (formula second hand)",
  reports: { td_square: "the temporal-difference term r^2, mean over the tokens of answers, without lambda" },
  loss: (logits, batch, { lambda = Number.NaN, gamma = Number.NaN }) => {
    const { targets, T } = batch;
    const weights = weightsOf(batch.weights);
    const { nats } = sft.loss(logits, batch, {});
    const value = logSumExp(logits); // [S]
    const q = tf.sub(value, crossEntropy(logits, targets)); // [S], Q(s, a) = v + log pi
    const reward = tf.sub(q, tf.mul(nextOf(tf.mul(value, weights), T), gamma));
    const squares = meanOverAnswers(tf.square(reward), weights);
    const loss = lambda === 0 ? nats : tf.add(nats, tf.mul(squares, lambda));
    return { loss, nats, reported: { td_square: detach(squares) } };
  },
};

/** Each row's values one place earlier, 0 in its last place. @param values [S], S = B * T */
function nextOf(values: Tensor, T: number): Tensor {
  const rows = tf.reshape(values, [-1, T]); // [B, T]
  const [B = 0] = rows.shape;
  const shifted = tf.concat([tf.slice(rows, [0, 1], [B, T - 1]), tf.zeros([B, 1])], 1);
  return tf.reshape(shifted, [-1]);
}
