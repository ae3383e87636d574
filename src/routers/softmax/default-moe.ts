import { z } from "zod";
import { topKIndices } from "../../engine/ops/discrete.ts";
import { putAlongLast, takeAlongLast } from "../../engine/ops/rows.ts";
import { tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts } from "../shared/common.ts";

const options = z.strictObject({
  decay: z
    .number()
    .min(0)
    .max(0.9999)
    .default(0.95)
    .describe("Share of a default vector that a step leaves; the rest is the mean output of that step."),
});

/**
 * Softmax top-k in which every expert answers for every token: y = sum_(i chosen) p_i E_i(x) + sum_(i not chosen) p_i v_i, p = softmax(x W) as it is, where the default vector v_i is a running mean of
 * what expert i made of the tokens that it got: v_i = decay v_i + (1 - decay) mean E_i(x) after each training step. So the router has a gradient for all experts, at the cost of 2 E D more FLOPs a token.
 *
 * Second hand: abstract, and the implementation of Fsoft-AIC/LibMoE (`default_moe.py`), from which the decay comes (it also renormalises p of the chosen, and mixes both sums 9 to 1, which belongs
 * to its upcycling and is not here). Departures: v is that of the steps before, so that no token learns of later ones of its batch; an expert without tokens keeps its v, where LibMoE lets it fade.
 */
export default defineRouter({
  name: "default-moe",
  paper: "Dense backpropagation, Panda et al., arXiv 2504.12463, section 3",
  summary: "Softmax top-k in which experts that are not chosen answer by the running mean of their outputs.",
  options,
  problems: (_, model) => {
    const message = `is ${model.topK} of ${model.experts} experts, so none is left to answer by its mean; lower topK, or use the router "linear"`;
    return [
      ...needsSeveralExperts("default-moe", model),
      ...(model.topK < model.experts || model.experts < 2 ? [] : [{ path: "model.topK", message }]),
    ];
  },
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  takesSelectionBias: true,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  state: ({ D, E }) => ({ default_output: { shape: [E, D], initial: 0 } }),
  // Logits, and the sum of default vectors.
  flopsPerToken: ({ D, E }) => 4 * D * E,
  route: ({ x, selectionBias, parameters, state }, { B, T, E, K }) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const probs = tf.softmax(logits); // [S, E]
    const expert = topKIndices(selectionBias === undefined ? logits : tf.add(logits, selectionBias), K); // [S, K]
    const isLeft = tf.sub(1, putAlongLast(tf.ones([B * T, K]), expert, E)); // [S, E]
    return {
      // Other experts would leave other default vectors too: no `gateOf`.
      assignment: { kind: "token-choice", expert, gate: takeAlongLast(probs, expert) },
      output: tf.matMul(tf.mul(probs, isLeft), state.default_output), // [S, D]
      logits,
      probs,
    };
  },
  afterExperts: ({ mean, tokens }, { default_output: before }, { decay }) => {
    const hadTokens = tf.cast(tf.greater(tokens, 0), "float32"); // [E]
    const share = tf.reshape(tf.mul(hadTokens, 1 - decay), [-1, 1]); // [E, 1]
    return { default_output: tf.add(before, tf.mul(share, tf.sub(mean, before))) };
  },
});
