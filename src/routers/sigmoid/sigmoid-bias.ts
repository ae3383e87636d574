import { z } from "zod";
import { tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";
import { topKProblems } from "../shared/common.ts";
import { biasOptions, biasState, nextBias, routeByScores } from "../shared/score-routing.ts";

/**
 * Balance without a loss: s = sigmoid(x W), and the K largest s + b are chosen, with gates of s alone. After every training step, b_i moves by `step`
 * towards an even load. The bias follows the batches before, so that training stays causal.
 */
export default defineRouter({
  name: "sigmoid-bias",
  paper: "loss-free balancing, arXiv 2408.15664, algorithm 1; DeepSeek-V3, arXiv 2412.19437, section 2.1.2",
  summary: "Sigmoid scores, and a bias that keeps the load even in the place of a balance loss.",
  options: z.strictObject(biasOptions),
  problems: ({ renormalise }, model) => topKProblems("sigmoid-bias", renormalise, model),
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: ({ balanceLoss }) => balanceLoss,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  state: biasState,
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters, state }, { K }, options) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const scores = tf.sigmoid(logits); // [S, E]
    const routed = routeByScores(
      { logits, scores, ranks: tf.add(scores, state.bias) },
      K,
      options.renormalise,
    );
    return { ...routed, state: { bias: nextBias(state.bias, routed.assignment.expert, options) } };
  },
});
