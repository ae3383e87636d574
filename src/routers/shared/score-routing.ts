import { z } from "zod";
import { countByExpert, topKIndices } from "../../engine/ops/discrete.ts";
import { takeAlongLast } from "../../engine/ops/rows.ts";
import { tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import type { Assignment } from "../../model/router.ts";

/** Keeps a sum of scores off zero, as DeepSeek's code does. */
const LEAST_SUM = 1e-20;

/** Token choice by scores of which each stands for itself: logits, scores and probs [S, E]. */
interface ScoreRouting {
  readonly assignment: Extract<Assignment, { kind: "token-choice" }>;
  readonly logits: Tensor;
  readonly probs: Tensor;
}

/** What ranks the experts of a token, and what weighs them. */
interface Scores {
  /** [S, E], for the z-loss. */
  readonly logits: Tensor;
  /** [S, E], positive: gates and, divided by their sum, probabilities. */
  readonly scores: Tensor;
  /** [S, E], whose K largest are chosen; the scores where it is left out. */
  readonly ranks?: Tensor;
}

/**
 * The K largest ranks choose, g_i = s_i, or s_i / (sum of the chosen s) where gates are renormalised (DeepSeek-V3, arXiv 2412.19437,
 * section 2.1.2; as the authors' code has it).
 */
export function routeByScores(
  { logits, scores, ranks = scores }: Scores,
  K: number,
  renormalise: boolean,
): ScoreRouting {
  const expert = topKIndices(ranks, K); // [S, K]
  const gateOf = (of: Tensor): Tensor => {
    const chosen = takeAlongLast(scores, of); // [S, K]
    return renormalise ? shareOfSum(chosen) : chosen;
  };
  return {
    assignment: { kind: "token-choice", expert, gate: gateOf(expert), gateOf },
    logits,
    probs: shareOfSum(scores),
  };
}

/** Each row of a matrix divided by its sum. @param x [S, n], positive */
export function shareOfSum(x: Tensor): Tensor {
  return tf.div(x, tf.add(tf.sum(x, 1, true), LEAST_SUM));
}

/** The option of routers whose scores need no softmax. */
export function renormaliseOption() {
  return z
    .boolean()
    .default(true)
    .describe("Gates are the chosen scores divided by their sum; false: as they are.");
}

/** Options of a router whose balance is kept by a bias. */
export const biasOptions = {
  step: z
    .number()
    .min(0)
    .max(1)
    .default(0.001)
    .describe(
      "How far the bias of an expert moves each step; 0: never, as at the end of DeepSeek-V3's training.",
    ),
  update: z
    .enum(["sign", "proportional"])
    .default("sign")
    .describe(
      "The bias moves by the step, or by the step times the share of the even load that an expert lacks.",
    ),
  balanceLoss: z
    .boolean()
    .default(false)
    .describe("The shared balance loss is trained on as well, as DeepSeek-V3 does with a light one."),
  renormalise: renormaliseOption(),
};

/** The bias of every expert, that chooses but does not weigh. */
export function biasState({ E }: { readonly E: number }) {
  return { bias: { shape: [E], initial: 0 } };
}

/**
 * The bias of the next step (Wang et al., arXiv 2408.15664, algorithm 1): b_i += step * sign(e_i), with e_i = 1 - count_i / even load;
 * proportional: b_i += step * e_i. The paper counts e_i in tokens; as a share, its proportional step means the same at any size of a batch.
 * @param bias [E]; expert [S, K] int32
 * @returns [E]
 */
export function nextBias(
  bias: Tensor,
  expert: Tensor,
  { step, update }: { readonly step: number; readonly update: "sign" | "proportional" },
): Tensor {
  const [E = 0] = bias.shape;
  const counts = countByExpert(tf.reshape(expert, [-1]), E); // [E]
  const lack = tf.sub(1, tf.div(counts, expert.size / E)); // [E]
  return tf.add(bias, tf.mul(update === "sign" ? tf.sign(lack) : lack, step));
}
