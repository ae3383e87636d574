import { z } from "zod";
import { tf } from "../../engine/tf.ts";
import { chooseRenormalised } from "../../model/gating.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts, renormalisedNeedsTwo } from "../shared/common.ts";
import { initScaleOption, scaledStart, type ScoresOf } from "../shared/match-linear.ts";

const start = scaledStart({ router: "attention-no-key", scoresOf });

/**
 * A control for the attention router (its authors never ran it): no keys, so that no expert looks at another one.
 * P_i = softmax_i(q) v_i with q = x W and v = x W''; the rest as in `attention`.
 */
export default defineRouter({
  name: "attention-no-key",
  paper: "control for Yuan 2.0-M32, arXiv 2405.17976, section 3",
  summary: "The attention router without keys, P = softmax(Q) * V: a control.",
  options: z.strictObject({ initScale: initScaleOption("W and W''") }),
  problems: (options, model) => {
    const found = [...needsSeveralExperts("attention-no-key", model), ...renormalisedNeedsTwo(model)];
    return found.length > 0 ? found : start.problems(options, model);
  },
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: (sizes, options) => {
    const { D, E, initStd } = sizes;
    const spec = { shape: [D, E], std: initStd * start.scale(sizes, options) };
    return { query: spec, value: spec };
  },
  // Two projections, a softmax (about 3 a number) and a product.
  flopsPerToken: ({ D, E }) => 4 * D * E + 4 * E,
  solved: start.solved,
  takesSelectionBias: true,
  route: ({ x, selectionBias, parameters }, { K }) => {
    const q = tf.matMul(x, parameters.query); // [S, E]
    const v = tf.matMul(x, parameters.value); // [S, E]
    const scores = tf.mul(tf.softmax(q), v); // [S, E]
    return {
      assignment: chooseRenormalised(scores, K, selectionBias),
      logits: scores,
      probs: tf.softmax(scores),
    };
  },
});

/** P of random tokens with both weights multiplied by m. */
function scoresOf(E: number): ScoresOf {
  return ({ project }) => {
    const [q, v] = [project(), project()];
    return (m) => {
      const scores = new Float64Array(q.length);
      for (let start = 0; start < q.length; start += E) {
        const weights = q.subarray(start, start + E).map((value) => Math.exp(m * value));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        weights.forEach((weight, i) => (scores[start + i] = (weight / total) * m * (v[start + i] ?? 0)));
      }
      return scores;
    };
  };
}
