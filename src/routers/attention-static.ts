import { z } from "zod";
import { tf } from "../engine/tf.ts";
import { chooseRenormalised } from "../model/gating.ts";
import { defineRouter, type RouterOptions } from "../model/router.ts";
import { initScaleOption, need, needsSeveralExperts, renormalisedNeedsTwo } from "./common.ts";
import { matchedScale, type ScaleSizes, type ScoresOf, unmatchedScale } from "./match-linear.ts";

const options = z.strictObject({ initScale: initScaleOption("C and W") });

/**
 * A control for the attention router (its authors never ran it): the correlation between experts is learned, but the same
 * for every token. P = C v with v = x W and a trained matrix C [E, E], without a softmax; the rest as in `attention`. C W is
 * a linear router: what differs from `linear` is the path of training and the start, not what can be said.
 */
export default defineRouter({
  name: "attention-static",
  paper: "control for Yuan 2.0-M32, arXiv 2405.17976, section 3",
  summary: "A learned expert-correlation matrix that is the same for every token: a control.",
  options,
  problems: (raw, model) => {
    const found = [...needsSeveralExperts("attention-static", model), ...renormalisedNeedsTwo(model)];
    if (found.length > 0 || options.parse(raw).initScale !== "match-linear") return found;
    const sizes = { D: model.width, E: model.experts, initStd: model.init.std };
    return unmatchedScale(scaleOf(sizes, raw), model, "");
  },
  causal: () => true,
  wantsBalanceLoss: true,
  alwaysOnExperts: () => 0,
  parameters: (sizes, raw) => {
    const { D, E, initStd } = sizes;
    const std = initStd * scaleOf(sizes, raw);
    return {
      correlation: { shape: [E, E], std, trained: true },
      value: { shape: [D, E], std, trained: true },
    };
  },
  state: () => ({}),
  matrices: () => ({}),
  flopsPerToken: ({ D, E }) => 2 * D * E + 2 * E * E,
  solved: (sizes, raw): Readonly<Record<string, number>> =>
    options.parse(raw).initScale === "match-linear" ? { initScale: scaleOf(sizes, raw) } : {},
  route: ({ x, parameters }, { K }) => {
    const v = tf.matMul(x, need(parameters, "value")); // [S, E]
    const scores = tf.matMul(v, need(parameters, "correlation"), false, true); // [S, E]: sum over j of C_ij v_j
    return { assignment: chooseRenormalised(scores, K), logits: scores, probs: tf.softmax(scores) };
  },
});

function scaleOf(sizes: ScaleSizes, raw: RouterOptions): number {
  const { initScale } = options.parse(raw);
  return initScale === "match-linear"
    ? matchedScale("attention-static", sizes, scoresOf(sizes.E))
    : initScale;
}

/** P of random tokens with both weights multiplied by m: m^2 times P. */
function scoresOf(E: number): ScoresOf {
  return ({ project, weights }) => {
    const correlation = weights(E * E);
    const v = project();
    const scores = new Float64Array(v.length);
    for (let start = 0; start < v.length; start += E) {
      for (let i = 0; i < E; i++) {
        for (let j = 0; j < E; j++) {
          const product = (correlation[i * E + j] ?? 0) * (v[start + j] ?? 0);
          scores[start + i] = (scores[start + i] ?? 0) + product;
        }
      }
    }
    return (m) => scores.map((score) => m * m * score);
  };
}
