import { z } from "zod";
import { tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";
import { topKProblems } from "../shared/common.ts";
import { renormaliseOption, routeByScores } from "../shared/score-routing.ts";

/**
 * Sigmoid in the place of softmax: s = sigmoid(x W), the K largest are chosen, gates are their shares of the chosen sum. Experts do not compete for
 * one sum of 1. The balance loss gets s divided by its sum over all experts, as DeepSeek-V3's does.
 */
export default defineRouter({
  name: "sigmoid",
  paper: "DeepSeek-V3, arXiv 2412.19437, section 2.1.2, without its bias; σ-MoE, arXiv 2310.10837",
  summary: "Sigmoid scores in the place of a softmax, top-k of them.",
  options: z.strictObject({ renormalise: renormaliseOption() }),
  problems: ({ renormalise }, model) => topKProblems("sigmoid", renormalise, model),
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters }, { K }, { renormalise }) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    return routeByScores({ logits, scores: tf.sigmoid(logits) }, K, renormalise);
  },
});
