import { z } from "zod";
import { tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts } from "../shared/common.ts";
import { entropyLoss, entropyWeightOption, mostProbable } from "../shared/top-p.ts";

/** Where the threshold stays. */
const RANGE = { least: 0.01, most: 1 };

const gain = (what: string, initial: number) => z.number().min(0).max(10).default(initial).describe(what);

/**
 * As `top-p`, with a threshold that a controller moves so that tokens get model.topK experts on average: after each training step with error e = 1 - (experts a token) / K, p = start + proportional * e
 * + integral * (sum of all e), within 0.01 and 1, the sum within 1 / integral.
 *
 * Read in the paper: a proportional-integral controller on the threshold. Not known to us: its gains. Not here: the paper's normalisation of logits by layer, and one threshold for all layers: each
 * layer has its own.
 */
export default defineRouter({
  name: "dynamic-top-p",
  paper: "DTop-p, Jin et al., arXiv 2512.13996 (from its abstract)",
  summary: "Top-p with a threshold that is controlled so that tokens get K experts on average.",
  options: z.strictObject({
    start: z
      .number()
      .gt(0)
      .max(1)
      .default(0.4)
      .describe("The threshold in the first step, from which it is controlled."),
    proportional: gain("Gain on the error of the last step.", 0.05),
    integral: gain("Gain on the sum of all errors.", 0.01),
    entropyWeight: entropyWeightOption(),
  }),
  problems: (_, model) => needsSeveralExperts("dynamic-top-p", model),
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  state: (_, { start }) => ({ p: { shape: [], initial: start }, errors: { shape: [], initial: 0 } }),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters, state }, { K }, { start, proportional, integral, entropyWeight }) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const probs = tf.softmax(logits); // [S, E]
    const taken = mostProbable(probs, state.p); // [S, E]
    const error = tf.sub(1, tf.div(tf.mean(tf.sum(taken, 1)), K)); // scalar
    // No more than moves the threshold over its range, so that a target out of reach is not remembered for ever.
    const most = integral > 0 ? RANGE.most / integral : 0;
    const errors = tf.clipByValue(tf.add(state.errors, error), -most, most);
    const p = tf.add(start, tf.add(tf.mul(error, proportional), tf.mul(errors, integral)));
    return {
      assignment: { kind: "dense", gate: tf.mul(probs, taken) },
      logits,
      probs,
      losses: entropyLoss(probs, entropyWeight),
      state: { p: tf.clipByValue(p, RANGE.least, RANGE.most), errors },
    };
  },
});
