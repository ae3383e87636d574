import { z } from "zod";
import { tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import { chooseRenormalised, chooseUnnormalised } from "../../model/gating.ts";
import { defineRouter } from "../../model/router.ts";
import { topKProblems } from "../shared/common.ts";

const options = z.strictObject({
  hidden: z.int().min(1).max(65_536).default(32).describe("Width of what goes from layer to layer."),
  renormalise: z
    .boolean()
    .default(true)
    .describe("Gates are a softmax over the chosen logits; false: the chosen probabilities as they are."),
});

/**
 * A router that knows how the layers below routed: each token's hidden state is projected, x' = x P, goes with what the layer below handed on, h, into a gated recurrent unit, and logits are of its output, which
 * is handed on: r = sigmoid(x' W_r + h U_r), z = sigmoid(x' W_z + h U_z), n = tanh(x' W_n + r (h U_n)), h' = (1 - z) n + z h, logits = h' W (equations 4 to 6). The recurrence is over layers, not over tokens.
 *
 * Departures: the unit is each layer's own, without biases; the paper's is one for all layers. What the first layer gets is not zero but a learned vector, which every layer adds to h, so that all its weights
 * are trained.
 */
export default defineRouter({
  name: "recurrent",
  paper: "RMoE, Qiu et al., arXiv 2408.06793, section 3",
  summary: "Softmax top-k of a gated recurrent unit over layers.",
  options,
  problems: ({ renormalise }, model) => topKProblems("recurrent", renormalise, model),
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: ({ D, E, initStd }, { hidden: R }) => ({
    // As sharp a start as a linear router's: the hidden state has the scale of x.
    project: { shape: [D, R], std: 1 / Math.sqrt(D) },
    input: { shape: [R, 3 * R], std: 1 / Math.sqrt(R) },
    recurrent: { shape: [R, 3 * R], std: 1 / Math.sqrt(R) },
    start: { shape: [R], std: initStd },
    weight: { shape: [R, E], std: initStd * Math.sqrt(D / R) },
  }),
  carry: ({ B, T }, { hidden }) => ({ hidden: { shape: [B * T, hidden] } }),
  flopsPerToken: ({ D, E }, { hidden: R }) => 2 * R * (D + 6 * R + E),
  route: ({ x, parameters, carry }, { K }, { renormalise }) => {
    const before = tf.add(carry.hidden, parameters.start); // [S, R]
    const own = thirds(tf.matMul(tf.matMul(x, parameters.project), parameters.input));
    const past = thirds(tf.matMul(before, parameters.recurrent));
    const reset = tf.sigmoid(tf.add(own[0], past[0])); // [S, R]
    const keep = tf.sigmoid(tf.add(own[1], past[1])); // [S, R]
    const fresh = tf.tanh(tf.add(own[2], tf.mul(reset, past[2]))); // [S, R]
    const hidden = tf.add(fresh, tf.mul(keep, tf.sub(before, fresh))); // [S, R]
    const logits = tf.matMul(hidden, parameters.weight); // [S, E]
    const probs = tf.softmax(logits); // [S, E]
    const assignment = renormalise ? chooseRenormalised(logits, K) : chooseUnnormalised(logits, probs, K);
    return { assignment, logits, probs, carry: { hidden } };
  },
});

/** @param x [S, 3R] @returns three [S, R] */
function thirds(x: Tensor): readonly [Tensor, Tensor, Tensor] {
  const [S = 0, width = 0] = x.shape;
  const part = (index: number): Tensor => tf.slice(x, [0, (index * width) / 3], [S, width / 3]);
  return [part(0), part(1), part(2)];
}
