import { z } from "zod";
import type { ModelSettings } from "../config/settings.ts";
import { streamOf } from "../core/streams.ts";
import { tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import { chooseRenormalised } from "../model/gating.ts";
import { defineRouter, type RouterOptions, type RouterSizes } from "../model/router.ts";
import { need, needsSeveralExperts, renormalisedNeedsTwo, type SettingProblem } from "./common.ts";

const options = z.strictObject({
  initScale: z
    .union([z.number().positive().max(1000), z.literal("match-linear")])
    .default(1)
    .describe(
      "Multiplier on the initial standard deviation of W, W' and W''; \"match-linear\" solves it so that the scores start with the spread of a linear router's.",
    ),
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
  // Three projections, then E x E products, softmax (about 3 a number) and weighted sums.
  flopsPerToken: ({ D, E }) => 6 * D * E + 6 * E * E,
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

/**
 * P_i = sum_j softmax_j(q_i k_j / temperature) v_j for each token, and the softmax itself.
 * @param q [S, E], as k and v
 * @returns scores [S, E], correlation [S, E, E]
 */
export function attendExperts(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  temperature: number,
): { scores: Tensor; correlation: Tensor } {
  const products = tf.mul(tf.expandDims(q, 2), tf.expandDims(k, 1)); // [S, E, E]: q_i k_j
  const correlation = tf.softmax(tf.div(products, temperature)); // over j
  return { scores: tf.sum(tf.mul(correlation, tf.expandDims(v, 1)), 2), correlation };
}

/** Where no multiplier in range matches the spread, e.g. with a high temperature. */
function unsolvedScale(raw: RouterOptions, { width, experts, init }: ModelSettings): SettingProblem[] {
  const { initScale, temperature } = options.parse(raw);
  if (initScale !== "match-linear") return [];
  const scale = scaleOf({ D: width, E: experts, initStd: init.std }, raw);
  const { lowest, highest } = SCALES;
  if (scale > lowest * 1.000001 && scale < highest * 0.999999) return [];
  const message =
    `is "match-linear", but at width ${width}, init.std ${init.std} and temperature ${temperature} no multiplier between ` +
    `${lowest} and ${highest} gives the scores the spread of a linear router's; set a number or a temperature nearer to 1`;
  return [{ path: "router.options.initScale", message }];
}

type ScaleSizes = Pick<RouterSizes, "D" | "E" | "initStd">;

/** Multipliers among which "match-linear" looks. */
const SCALES = { lowest: 1, highest: 64 };

const solvedScales = new Map<string, number>();

function scaleOf(sizes: ScaleSizes, raw: RouterOptions): number {
  const { initScale, temperature } = options.parse(raw);
  if (initScale !== "match-linear") return initScale;
  const key = [sizes.D, sizes.E, sizes.initStd, temperature].join();
  const known = solvedScales.get(key) ?? matchLinearScale(sizes, temperature);
  solvedScales.set(key, known);
  return known;
}

/**
 * The multiplier on the init std with which the mean per-token standard deviation of P equals that of a linear router's
 * logits, on random RMS-normalised tokens (docs/model.md gives the draws). Needed because P starts one to two
 * orders of magnitude flatter at small widths.
 */
export function matchLinearScale({ D, E, initStd }: ScaleSizes, temperature: number): number {
  const tokens = 4096;
  const stream = streamOf(0, "match-linear");
  const draw = (size: number): Float64Array => Float64Array.from({ length: size }, () => stream.normal());
  const x = draw(tokens * D);
  for (let s = 0; s < tokens; s++) {
    const row = x.subarray(s * D, (s + 1) * D);
    const rms = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / D);
    row.forEach((value, d) => (row[d] = value / rms));
  }
  const project = (weight: Float64Array): Float64Array => {
    const out = new Float64Array(tokens * E);
    for (let s = 0; s < tokens; s++) {
      for (let d = 0; d < D; d++) {
        const value = (x[s * D + d] ?? 0) * initStd;
        for (let e = 0; e < E; e++) out[s * E + e] = (out[s * E + e] ?? 0) + value * (weight[d * E + e] ?? 0);
      }
    }
    return out;
  };
  const [q, k, v, linear] = [0, 1, 2, 3].map(() => project(draw(D * E))) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const target = meanSpread(linear, E);
  let low = Math.log(SCALES.lowest);
  let high = Math.log(SCALES.highest);
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (meanSpread(scoresAt(q, k, v, Math.exp(middle), E, temperature), E) < target) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/** P with every weight multiplied by m. */
function scoresAt(
  q: Float64Array,
  k: Float64Array,
  v: Float64Array,
  m: number,
  E: number,
  temperature: number,
): Float64Array {
  const scores = new Float64Array(q.length);
  for (let start = 0; start < q.length; start += E) {
    for (let i = start; i < start + E; i++) {
      let total = 0;
      let weighted = 0;
      for (let j = start; j < start + E; j++) {
        const weight = Math.exp(((q[i] ?? 0) * (k[j] ?? 0) * m * m) / temperature);
        total += weight;
        weighted += weight * (v[j] ?? 0) * m;
      }
      scores[i] = weighted / total;
    }
  }
  return scores;
}

/** Mean over tokens of the standard deviation over experts. */
function meanSpread(scores: Float64Array, E: number): number {
  let sum = 0;
  for (let start = 0; start < scores.length; start += E) {
    const row = scores.subarray(start, start + E);
    const mean = row.reduce((total, value) => total + value, 0) / E;
    sum += Math.sqrt(row.reduce((total, value) => total + (value - mean) ** 2, 0) / E);
  }
  return sum / (scores.length / E);
}
