import { z } from "zod";
import type { ModelSettings } from "../config/settings.ts";
import { tf } from "../engine/tf.ts";
import { chooseRenormalised } from "../model/gating.ts";
import { defineRouter, type RouterOptions } from "../model/router.ts";
import { attendExperts, attendExpertsFlops, attentionScores } from "./attend-experts.ts";
import {
  initScaleOption,
  need,
  needsSeveralExperts,
  renormalisedNeedsTwo,
  type SettingProblem,
} from "./common.ts";
import { matchedScale, type ScaleSizes, unmatchedScale } from "./match-linear.ts";

const options = z.strictObject({
  initScale: initScaleOption("W, W' and W''"),
  temperature: z
    .number()
    .positive()
    .max(1000)
    .default(1)
    .describe("Divides q_i k_j before the softmax; the paper has none (1)."),
});

/**
 * The attention router of Yuan 2.0-M32: for one token, each expert has a scalar query, key and value, and
 * P_i = sum_j softmax_j(q_i k_j) v_j. The K largest P are chosen; gates are a softmax over them.
 *
 * Beyond the paper: it does not say how P becomes gates; this is what the authors' training code does (top-k, then
 * softmax). It has no temperature, and no balancing loss at all; ours is the same as for every router (weight 0 turns it off),
 * with softmax(P) as probabilities.
 */
export default defineRouter({
  name: "attention",
  paper: "Yuan 2.0-M32, arXiv 2405.17976, section 3",
  summary: "Attention among experts inside each token, with an expert-correlation matrix.",
  options,
  problems: (raw, model) => {
    const found = [...needsSeveralExperts("attention", model), ...renormalisedNeedsTwo(model)];
    return found.length > 0 ? found : unsolvedScale(raw, model);
  },
  causal: () => true,
  wantsBalanceLoss: true,
  alwaysOnExperts: () => 0,
  parameters: (sizes, raw) => {
    const { D, E, initStd } = sizes;
    const spec = { shape: [D, E], std: initStd * scaleOf(sizes, raw), trained: true };
    return { query: spec, key: spec, value: spec };
  },
  state: () => ({}),
  matrices: ({ E }) => ({ correlation: [E, E] }),
  flopsPerToken: ({ D, E }) => 6 * D * E + attendExpertsFlops(E),
  solved: (sizes, raw): Readonly<Record<string, number>> =>
    options.parse(raw).initScale === "match-linear" ? { initScale: scaleOf(sizes, raw) } : {},
  route: ({ x, parameters }, { K }, raw) => {
    const { temperature } = options.parse(raw);
    const q = tf.matMul(x, need(parameters, "query")); // [S, E]
    const k = tf.matMul(x, need(parameters, "key")); // [S, E]
    const v = tf.matMul(x, need(parameters, "value")); // [S, E]
    const { scores, correlation } = attendExperts(q, k, v, temperature);
    return {
      assignment: chooseRenormalised(scores, K),
      logits: scores,
      probs: tf.softmax(scores),
      matrices: { correlation: tf.mean(correlation, 0) },
    };
  },
});

/** Where no multiplier in range matches the spread, e.g. with a high temperature. */
function unsolvedScale(raw: RouterOptions, model: ModelSettings): SettingProblem[] {
  const { initScale, temperature } = options.parse(raw);
  if (initScale !== "match-linear") return [];
  const scale = scaleOf({ D: model.width, E: model.experts, initStd: model.init.std }, raw);
  return unmatchedScale(scale, model, ` and temperature ${temperature}`);
}

function scaleOf(sizes: ScaleSizes, raw: RouterOptions): number {
  const { initScale, temperature } = options.parse(raw);
  if (initScale !== "match-linear") return initScale;
  return matchedScale(`attention,${temperature}`, sizes, attentionScores(sizes.E, temperature));
}
