import { sizeOf } from "../core/axes.ts";
import { countByExpert, rowsOfTokens } from "../engine/ops/discrete.ts";
import { logSumExp } from "../engine/ops/log-sum-exp.ts";
import { putAlongLast } from "../engine/ops/rows.ts";
import { detach, tf, type Tfjs } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import type { Assignment } from "./router.ts";

/**
 * How often each expert was chosen and how many tokens were left out; no gradient.
 * @returns counts [E] float32, unrouted: share of tokens that no expert took (scalar)
 */
export function countAssignments(
  assignment: Assignment,
  S: number,
  E: number,
): { counts: Tensor; unrouted: Tensor } {
  switch (assignment.kind) {
    case "token-choice": {
      return { counts: countByExpert(tf.reshape(assignment.expert, [-1]), E), unrouted: tf.scalar(0) };
    }
    case "expert-choice": {
      const C = assignment.token.shape[1] ?? 0;
      const hot = tf.oneHot(tf.reshape<Tfjs.Rank.R1>(assignment.token, [-1]), S, 1, 0, "float32"); // [E*C, S]
      return { counts: tf.fill([E], C), unrouted: shareOfZeros(tf.sum(hot, 0)) };
    }
    case "dense": {
      const chosen = weighted(assignment); // [S, E]
      return { counts: tf.sum(chosen, 0), unrouted: shareOfZeros(tf.sum(chosen, 1)) };
    }
  }
}

/** Who processes what: [S, E] float32, 1 where the expert processes the token, else 0; no gradient. */
export function chosenExperts(assignment: Assignment, S: number, E: number): Tensor {
  switch (assignment.kind) {
    case "token-choice": {
      const hot = tf.oneHot(tf.reshape<Tfjs.Rank.R1>(assignment.expert, [-1]), E, 1, 0, "float32"); // [S*K, E]
      return tf.sum(tf.reshape(hot, [S, -1, E]), 1);
    }
    case "expert-choice": {
      const rows = rowsOfTokens(assignment.token, S); // [S, E]
      return tf.cast(tf.less(rows, tf.scalar(sizeOf(assignment.token.shape), "int32")), "float32");
    }
    case "dense":
      return weighted(assignment);
  }
}

/** The weight of every expert for every token: [S, E], 0 where the expert does not process it. */
export function gateTable(assignment: Assignment, S: number, E: number): Tensor {
  switch (assignment.kind) {
    case "token-choice":
      return putAlongLast(assignment.gate, assignment.expert, E);
    case "expert-choice": {
      const gates = tf.concat([tf.reshape(assignment.gate, [-1]), tf.zeros([1])]); // [E*C + 1], none last
      return tf.gather(gates, rowsOfTokens(assignment.token, S));
    }
    case "dense":
      return assignment.gate;
  }
}

/**
 * Experts that a token is sent to, mean over tokens: weights that are not zero, over S; all of them where the router asks for
 * every expert. At weight zero an expert gives a token nothing, in whatever form the router says so.
 * @returns a scalar, without gradient
 */
export function expertsPerToken(assignment: Assignment, S: number): Tensor {
  if (assignment.kind === "dense" && assignment.everyExpert === true)
    return tf.scalar(assignment.gate.shape[1] ?? 0);
  return tf.div(tf.sum(weighted(assignment)), S);
}

/** 1 where a gate is not zero, in its shape; no gradient. */
function weighted({ gate }: Assignment): Tensor {
  return tf.cast(tf.notEqual(detach(gate), 0), "float32");
}

/**
 * Load-balancing loss of one layer (Switch, arXiv 2101.03961, equation 4; OLMoE, arXiv 2409.02060, section 2) in the scale
 * where perfect balance is 1: E * sum of f_i P_i, f the share of assignments (constant), P the mean probability.
 * @param counts [E], from countAssignments
 * @param probs [S, E]
 */
export function balanceLoss(counts: Tensor, probs: Tensor): Tensor {
  const E = probs.shape[1] ?? 0;
  // At least 1: an evaluation may assign nothing at all, which is no imbalance.
  const share = tf.div(counts, tf.maximum(tf.sum(counts), 1)); // [E]
  return tf.mul(tf.sum(tf.mul(share, tf.mean(probs, 0))), E);
}

/**
 * Router z-loss of one layer (ST-MoE, arXiv 2202.08906, equation 5): mean over tokens of logsumexp(logits)^2.
 * @param logits [S, E]
 */
export function zLoss(logits: Tensor): Tensor {
  return tf.mean(tf.square(logSumExp(logits)));
}

function shareOfZeros(counts: Tensor): Tensor {
  return tf.mean(tf.cast(tf.equal(counts, 0), "float32"));
}
