import { z } from "zod";
import { detach, tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts } from "../shared/common.ts";

/** Where the penalty's weight stays, so that a target that can't be met does not make it infinite. */
const LARGEST = 1e6;

/**
 * No choice at all: gates are relu(x W), and every expert with a gate above zero works. An L1 penalty makes them sparse, heavier for experts with a high load:
 * lambda * sum_e f_e mean_s g_e, f_e = E / (K S) * tokens of e (equations 7 and 9), and lambda is multiplied by `growth` after a step with more than K experts a token, divided by
 * it after one with fewer (equation 8).
 *
 * Departures: every layer has a lambda of its own (the paper one for all, with means over layers), and lambda stays under 1e6.
 */
export default defineRouter({
  name: "relu",
  paper: "ReMoE, Wang et al., arXiv 2412.14711, section 3, and the authors' code",
  summary: "Gates relu(x W), of which an adaptive L1 penalty leaves K a token on average.",
  options: z.strictObject({
    start: z.number().positive().max(1).default(1e-8).describe("Weight of the L1 penalty in the first step."),
    growth: z
      .number()
      .gt(1)
      .max(10)
      .default(1.2)
      .describe(
        "Factor by which that weight grows or shrinks each step, towards model.topK experts a token.",
      ),
  }),
  problems: (_, model) => needsSeveralExperts("relu", model),
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: false,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  state: (_, { start }) => ({ lambda: { shape: [], initial: start } }),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters, state }, { E, K }, { growth }) => {
    const gate = tf.relu(tf.matMul(x, parameters.weight)); // [S, E]
    const isActive = tf.cast(tf.greater(detach(gate), 0), "float32"); // [S, E]
    const active = tf.mean(isActive, 0); // [E], share of tokens
    const load = tf.mul(active, E / K); // [E], 1 where K experts a token are even
    const penalty = tf.sum(tf.mul(load, tf.mean(gate, 0))); // scalar
    const excess = tf.sub(tf.sum(active), K); // scalar, experts a token above K
    const lambda = tf.minimum(
      tf.mul(state.lambda, tf.exp(tf.mul(tf.sign(excess), Math.log(growth)))),
      LARGEST,
    );
    return {
      assignment: { kind: "dense", gate },
      losses: { sparsity: tf.mul(penalty, state.lambda) },
      state: { lambda },
    };
  },
});
