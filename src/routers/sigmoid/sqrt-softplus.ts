import { z } from "zod";
import { tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";
import { topKProblems } from "../shared/common.ts";
import { biasOptions, biasState, nextBias, routeByScores } from "../shared/score-routing.ts";

/** Below every float32 that a score can be told from, and keeps the slope of the root finite. */
const LEAST = 1e-20;

/**
 * As `sigmoid-bias`, with s = sqrt(softplus(x W)): it goes on growing where a sigmoid is saturated. DeepSeek-V4 has fixed experts by token id in its
 * first layers and a light sequence-wise balance loss besides; the router here is that of the other layers.
 */
export default defineRouter({
  name: "sqrt-softplus",
  paper: "DeepSeek-V4 (2026), its code in transformers: scores sqrt(softplus(logits)), chosen with a bias",
  summary: "Scores sqrt(softplus(logits)), and a bias that keeps the load even.",
  options: z.strictObject(biasOptions),
  problems: ({ renormalise }, model) => topKProblems("sqrt-softplus", renormalise, model),
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: ({ balanceLoss }) => balanceLoss,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  state: biasState,
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters, state }, { K }, options) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const scores = tf.sqrt(tf.add(tf.softplus(logits), LEAST)); // [S, E]
    const routed = routeByScores(
      { logits, scores, ranks: tf.add(scores, state.bias) },
      K,
      options.renormalise,
    );
    return { ...routed, state: { bias: nextBias(state.bias, routed.assignment.expert, options) } };
  },
});
