import { topKIndices } from "../../engine/ops/discrete.ts";
import { takeAlongLast } from "../../engine/ops/rows.ts";
import { detach, tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";

/** What routers with a correlation of experts declare of every token. */
export const CORRELATION_RANK = { correlation_effective_rank: { unit: "singular values" } } as const;

/** Declared by those with one number a query: chance is that of 2 of E experts. */
export function extremeDeclared(E: number): {
  readonly extreme_query_wins: { readonly unit: string; readonly chance: number };
} {
  return { extreme_query_wins: { unit: "share of tokens", chance: Math.min(1, 2 / E) } };
}

/**
 * How many directions a token's correlation of experts has: the participation ratio of its squared singular values, (sum s^2)^2 / sum s^4, 1 for rank 1
 * to E for E equal ones; from traces, ||C||_F^4 / ||C C'||_F^2, without a decomposition.
 * @param correlation [S, E, E]
 * @returns [S]
 */
export function effectiveRank(correlation: Tensor): Tensor {
  const own = detach(correlation);
  const squares = tf.sum(tf.mul(own, own), [1, 2]); // [S]
  const gram = tf.matMul(own, own, false, true); // [S, E, E]
  return tf.div(tf.mul(squares, squares), tf.sum(tf.mul(gram, gram), [1, 2]));
}

/**
 * 1 where the expert of the largest score has the largest or the smallest query, else 0. With small activations it always has, since
 * P_i is about mean(v) + q_i cov(k, v).
 * @param scores [S, E], as q
 * @returns [S]
 */
export function extremeQueryWins(scores: Tensor, q: Tensor): Tensor {
  const queries = detach(q);
  const winner = takeAlongLast(queries, topKIndices(scores, 1)); // [S, 1]
  const isLargest = tf.cast(tf.equal(winner, tf.max(queries, 1, true)), "float32");
  const isSmallest = tf.cast(tf.equal(winner, tf.min(queries, 1, true)), "float32");
  return tf.reshape(tf.maximum(isLargest, isSmallest), [-1]);
}
