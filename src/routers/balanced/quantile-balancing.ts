import { z } from "zod";
import { topKIndices } from "../../engine/ops/discrete.ts";
import { takeAlongLast } from "../../engine/ops/rows.ts";
import { detach, tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts, renormalisedNeedsTwo } from "../shared/common.ts";
import { biasState, renormaliseOption, routeByScores } from "../shared/score-routing.ts";

/**
 * As `sigmoid-bias`, with a bias that is solved rather than stepped: s = sigmoid(x W), and the K largest s + b are chosen. With alpha the (K+1)-th largest s + b of a token, expert j would
 * have had its even load at b_j = -quantile of s_j - alpha at 1 - K/E over the batch; that, less the mean of all b, is the bias of the next step. It comes from the dual of the
 * assignment with the largest sum of scores and even loads, and has no step size.
 *
 * The quantile is half way between the numbers on both sides of it. The formula is second hand (a blog's, and a note on it); that it is used with sigmoid scores and with the bias of
 * the batch before, too.
 */
export default defineRouter({
  name: "quantile-balancing",
  paper: "Quantile balancing, J. Su (2026), kexue.fm/archives/11619; arXiv 2607.24653",
  summary: "Sigmoid scores, and a bias solved from quantiles so that the last batch would have been even.",
  options: z.strictObject({ renormalise: renormaliseOption() }),
  problems: ({ renormalise }, model) => {
    const { experts, topK } = model;
    const message = `is ${topK}, but quantile-balancing needs fewer than model.experts (${experts}): with all chosen nothing is to be balanced`;
    return [
      ...needsSeveralExperts("quantile-balancing", model),
      ...(renormalise ? renormalisedNeedsTwo(model) : []),
      ...(topK < experts ? [] : [{ path: "model.topK", message }]),
    ];
  },
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: false,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  state: biasState,
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters, state }, { K }, { renormalise }) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const scores = tf.sigmoid(logits); // [S, E]
    const ranks = tf.add(scores, state.bias); // [S, E]
    const bias = solvedBias(detach(scores), detach(ranks), K);
    return { ...routeByScores({ logits, scores, ranks }, K, renormalise), state: { bias } };
  },
});

/** The bias at which each expert would have had K S / E tokens, against the tokens' thresholds. @param scores [S, E]; ranks [S, E] @returns [E] */
function solvedBias(scores: Tensor, ranks: Tensor, K: number): Tensor {
  const [S = 0, E = 0] = scores.shape;
  const best = takeAlongLast(ranks, topKIndices(ranks, K + 1)); // [S, K+1]
  const alpha = tf.slice(best, [0, K], [S, 1]); // [S, 1]
  const lead = tf.transpose(tf.sub(scores, alpha)); // [E, S]
  const n = Math.max(1, Math.round((K * S) / E));
  const last = Math.min(n + 1, S);
  const largest = takeAlongLast(lead, topKIndices(lead, last)); // [E, last]
  const around = tf.slice(largest, [0, n - 1], [E, last - n + 1]); // [E, 2], of a single token [E, 1]
  const bias = tf.neg(tf.mean(around, 1)); // [E]
  return tf.sub(bias, tf.mean(bias));
}
