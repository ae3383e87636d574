import type { Settings } from "../config/settings.ts";
import { RunError } from "../core/errors.ts";
import { topKIndices } from "../engine/ops/discrete.ts";
import { takeAlongLast } from "../engine/ops/rows.ts";
import { detach, tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import { balanceLoss, chosenExperts } from "./losses.ts";
import type { Assignment, RouterSizes } from "./router.ts";

/**
 * Balancing that belongs to no router: which unevenness is trained against, among which tokens. Every form is 1 at perfect balance,
 * and its gradient reaches the logits of all experts, chosen or not, since it goes through the probabilities of all.
 */

/** What one layer's routing gave. */
export interface Routed {
  readonly assignment: Assignment;
  /** [S, E], rows sum to 1. */
  readonly probs: Tensor;
  /** [S, E] */
  readonly logits: Tensor | undefined;
  /** [E], assignments of each expert. */
  readonly counts: Tensor;
  /** [E], assignments of each expert over the window; undefined where the scope is none. */
  readonly window: Tensor | undefined;
}

/** Added to probabilities in a logarithm. */
const TINY = 1e-12;

/**
 * The balance loss of one layer in the form and scope of the settings, 1 at perfect balance; a mean over sequences where these are the
 * scope. f_i: share of assignments of expert i, a constant; P_i: mean probability, among the tokens of the scope.
 *
 * - switch: E sum_i f_i P_i (Switch, arXiv 2101.03961, equation 4); by sequence it is DeepSeek-V3's (arXiv 2412.19437, equations 17 to 20); over a
 *   window f_i is that of many batches, P_i of the newest (after global-batch balancing, arXiv 2501.11873).
 * - importance: 1 + CV(P)^2 = E sum_i P_i^2. Shazeer et al. (arXiv 1701.06538, equations 6 and 7) take the gates of the chosen for P; the
 *   probabilities of all, as here, reach every expert, and stay defined where gates are renormalised.
 * - importance-load: the mean of that and of 1 + CV(load)^2, load being the smooth one of the same paper (appendix A, equations 8 to 11).
 * - entropy: 1 + ln E - H(P), H in nats (the global entropy loss of LIMoE, arXiv 2206.02770, section 2.2, moved to be 1 at its least).
 * @throws RunError where a form needs logits and the router returns none
 */
export function balanceTerm(
  routed: Routed,
  { balanceForm, balanceScope }: Settings["losses"],
  { B, E, K }: Pick<RouterSizes, "B" | "E" | "K">,
): Tensor {
  const groups = balanceScope === "sequence" ? B : 1;
  const mean = meanIn(groups, routed.probs); // [groups, E]
  switch (balanceForm) {
    case "switch":
      return switchLoss(routed, mean, groups);
    case "importance":
      return tf.mean(unevenness(mean));
    case "importance-load": {
      const load = meanIn(groups, smoothLoad(needLogits(routed), K)); // [groups, E]
      return tf.mul(tf.mean(tf.add(unevenness(mean), unevenness(load))), 0.5);
    }
    case "entropy": {
      const negative = tf.sum(tf.mul(mean, tf.log(tf.add(mean, TINY))), 1); // [groups], -H
      return tf.add(tf.mean(negative), 1 + Math.log(E));
    }
  }
}

/**
 * Assignments of each expert over about the last W batches: each batch before counts (1 - 1/W) times as much as the one behind it.
 * Frameworks with many workers add up one step's batches instead; here a step has one, so the window goes over steps.
 * @param before [E], of the steps before; zeros at first
 * @param counts [E], of this batch
 */
export function nextWindow(before: Tensor, counts: Tensor, W: number): Tensor {
  return detach(tf.add(tf.mul(before, 1 - 1 / W), counts));
}

/**
 * The bias that is added to scores where experts are chosen: up by a step where an expert got less than the mean, down where it got more
 * (loss-free balancing, arXiv 2408.15664, algorithm 1; DeepSeek-V3, arXiv 2412.19437, section 2.1.2).
 * @param bias [E]
 * @param counts [E]
 */
export function nextSelectionBias(bias: Tensor, counts: Tensor, step: number): Tensor {
  const lack = tf.sign(tf.sub(tf.mean(counts), counts)); // [E]
  return detach(tf.add(bias, tf.mul(lack, step)));
}

/** @param mean [groups, E] */
function switchLoss({ assignment, probs, counts, window }: Routed, mean: Tensor, groups: number): Tensor {
  if (groups === 1) return balanceLoss(detach(window ?? counts), probs);
  const [S = 0, E = 0] = probs.shape;
  const chosen = tf.reshape(chosenExperts(assignment, S, E), [groups, S / groups, E]);
  const perGroup = tf.sum(chosen, 1); // [groups, E]
  const share = tf.div(perGroup, tf.maximum(tf.sum(perGroup, 1, true), 1)); // [groups, E]
  return tf.mul(tf.sum(tf.mul(detach(share), mean)), E / groups);
}

/** Means over the tokens of each group of neighbours. @param x [S, E] @returns [groups, E] */
function meanIn(groups: number, x: Tensor): Tensor {
  const [S = 0, E = 0] = x.shape;
  return tf.mean(tf.reshape(x, [groups, S / groups, E]), 1);
}

/** 1 + CV(x)^2 = E sum x^2 / (sum x)^2, with the variance over all E. @param x [groups, E] @returns [groups] */
function unevenness(x: Tensor): Tensor {
  const [, E = 0] = x.shape;
  return tf.mul(tf.div(tf.sum(tf.square(x), 1), tf.square(tf.sum(x, 1))), E);
}

/**
 * Chance that each expert would be chosen again if its logit alone were drawn with noise N(0, 1): Phi(z_i - kth excluding i of z)
 * (arXiv 1701.06538, equation 9). There the noise is the router's, with a trained deviation; here any router has it, at 1.
 * @param logits [S, E], E > K
 * @returns [S, E]
 */
function smoothLoad(logits: Tensor, K: number): Tensor {
  const [S = 0, E = 0] = logits.shape;
  const best = takeAlongLast(logits, topKIndices(logits, K + 1)); // [S, K + 1], falling
  const [kth, next] = [K - 1, K].map((at) => tf.slice(best, [0, at], [S, 1])) as [Tensor, Tensor];
  const expert = topKIndices(logits, K); // [S, K]
  const chosen = chosenExperts({ kind: "token-choice", expert, gate: expert }, S, E); // [S, E]
  const threshold = tf.add(kth, tf.mul(chosen, tf.sub(next, kth))); // [S, E]
  return tf.mul(tf.add(tf.erf(tf.mul(tf.sub(logits, threshold), Math.SQRT1_2)), 1), 0.5);
}

function needLogits({ logits }: Routed): Tensor {
  if (logits !== undefined) return logits;
  throw new RunError(
    'losses.balanceForm is "importance-load", but the router returns no logits',
    'Take "importance", which needs probabilities alone, or a router with logits',
  );
}
