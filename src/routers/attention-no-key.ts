import { z } from "zod";
import { tf } from "../engine/tf.ts";
import { chooseRenormalised } from "../model/gating.ts";
import { defineRouter, type RouterOptions } from "../model/router.ts";
import { initScaleOption, need, needsSeveralExperts, renormalisedNeedsTwo } from "./common.ts";
import { matchedScale, type ScaleSizes, type ScoresOf, unmatchedScale } from "./match-linear.ts";

const options = z.strictObject({ initScale: initScaleOption("W and W''") });

/**
 * A control for the attention router (its authors never ran it): no keys, so that no expert looks at another one.
 * P_i = softmax_i(q) v_i with q = x W and v = x W''; the rest as in `attention`.
 */
export default defineRouter({
  name: "attention-no-key",
  paper: "control for Yuan 2.0-M32, arXiv 2405.17976, section 3",
  summary: "The attention router without keys, P = softmax(Q) * V: a control.",
  options,
  problems: (raw, model) => {
    const found = [...needsSeveralExperts("attention-no-key", model), ...renormalisedNeedsTwo(model)];
    if (found.length > 0 || options.parse(raw).initScale !== "match-linear") return found;
    const sizes = { D: model.width, E: model.experts, initStd: model.init.std };
    return unmatchedScale(scaleOf(sizes, raw), model, "");
  },
  causal: () => true,
  wantsBalanceLoss: true,
  alwaysOnExperts: () => 0,
  parameters: (sizes, raw) => {
    const { D, E, initStd } = sizes;
    const spec = { shape: [D, E], std: initStd * scaleOf(sizes, raw), trained: true };
    return { query: spec, value: spec };
  },
  state: () => ({}),
  matrices: () => ({}),
  // Two projections, a softmax (about 3 a number) and a product.
  flopsPerToken: ({ D, E }) => 4 * D * E + 4 * E,
  solved: (sizes, raw): Readonly<Record<string, number>> =>
    options.parse(raw).initScale === "match-linear" ? { initScale: scaleOf(sizes, raw) } : {},
  route: ({ x, parameters }, { K }) => {
    const q = tf.matMul(x, need(parameters, "query")); // [S, E]
    const v = tf.matMul(x, need(parameters, "value")); // [S, E]
    const scores = tf.mul(tf.softmax(q), v); // [S, E]
    return { assignment: chooseRenormalised(scores, K), logits: scores, probs: tf.softmax(scores) };
  },
});

function scaleOf(sizes: ScaleSizes, raw: RouterOptions): number {
  const { initScale } = options.parse(raw);
  return initScale === "match-linear"
    ? matchedScale("attention-no-key", sizes, scoresOf(sizes.E))
    : initScale;
}

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
