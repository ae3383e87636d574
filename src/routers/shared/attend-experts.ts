import { tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import type { ScoresOf } from "./match-linear.ts";

/**
 * P_i = sum_j softmax_j(q_i k_j / temperature) v_j for each token, and the softmax itself
 * (Yuan 2.0-M32, arXiv 2405.17976, section 3).
 * @param q [S, E], as k and v
 * @returns scores [S, E], correlation [S, E, E]
 */
export function attendExperts(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  temperature: number,
): { scores: Tensor; correlation: Tensor } {
  const products = tf.mul(tf.expandDims(q, 2), tf.expandDims(k, 1)); // [S, E, E]: q_i k_j
  const correlation = tf.softmax(tf.div(products, temperature)); // over j
  return { scores: tf.sum(tf.mul(correlation, tf.expandDims(v, 1)), 2), correlation };
}

/** Forward FLOPs of `attendExperts` a token: E x E products, softmax (about 3 a number) and weighted sums. */
export function attendExpertsFlops(E: number): number {
  return 6 * E * E;
}

/** `attendExperts` on random tokens with all three weights multiplied by m, for the scale-matched start. */
export function attentionScores(E: number, temperature: number): ScoresOf {
  return ({ project }) => {
    const projected = { q: project(), k: project(), v: project() };
    return (m) => scoresAt(m, projected, E, temperature);
  };
}

/** P with every weight multiplied by m; q, k, v and P [S, E]. */
function scoresAt(
  m: number,
  { q, k, v }: Readonly<Record<"q" | "k" | "v", Float64Array>>,
  E: number,
  temperature: number,
): Float64Array {
  const scores = new Float64Array(q.length);
  for (let start = 0; start < q.length; start += E) {
    for (let i = start; i < start + E; i++) {
      let total = 0;
      let weighted = 0;
      for (let j = start; j < start + E; j++) {
        const weight = Math.exp(((q[i] ?? 0) * (k[j] ?? 0) * m * m) / temperature);
        total += weight;
        weighted += weight * (v[j] ?? 0) * m;
      }
      scores[i] = weighted / total;
    }
  }
  return scores;
}
