import { z } from "zod";
import type { ModelSettings } from "../../config/settings.ts";
import { streamOf } from "../../core/streams.ts";
import type { Named, RouterProblem, RouterSizes } from "../../model/router.ts";

/** The option with which a router starts sharper than the model's std makes it. */
export function initScaleOption(weights: string) {
  return z
    .union([z.number().positive().max(1000), z.literal("match-linear")])
    .default(1)
    .describe(
      `Multiplier on the initial standard deviation of ${weights}; "match-linear" solves it so that the scores start with the spread of a linear router's.`,
    );
}

/** Options of a router that has that one. */
interface WithInitScale {
  readonly initScale: number | "match-linear";
}

/** What the matched multiplier depends on, beside the router's own mathematics. */
type ScaleSizes = Pick<RouterSizes, "D" | "E" | "initStd">;

/** How a router scores random tokens. */
interface ScaleDraws {
  /** Projections [tokens, E] of the tokens by a fresh [D, E] matrix of plain normals times the model's std. */
  readonly project: () => Float64Array;
  /** Plain normals times the model's std. */
  readonly weights: (size: number) => Float64Array;
}

/**
 * Draws a router's weights, in the order of docs/model.md, and gives its scores [tokens, E] when all of them are
 * multiplied by m.
 */
export type ScoresOf = (draws: ScaleDraws) => (m: number) => Float64Array;

/** A router with `initScaleOption`. */
interface Scaled<O> {
  readonly router: string;
  readonly scoresOf: (E: number, options: O) => ScoresOf;
  /** The options that its scores depend on, in words, e.g. " and temperature 2"; none where it is left out. */
  readonly settings?: (options: O) => string;
}

/** What the option means for a router: the multiplier, its record in a run, and where there is none that matches. */
interface ScaledStart<O> {
  readonly scale: (sizes: ScaleSizes, options: O) => number;
  readonly solved: (sizes: ScaleSizes, options: O) => Named<number>;
  readonly problems: (options: O, model: ModelSettings) => RouterProblem[];
}

/** The start of a router with `initScaleOption`. */
export function scaledStart<O extends WithInitScale>(router: Scaled<O>): ScaledStart<O> {
  const settings = (options: O): string => router.settings?.(options) ?? "";
  const scale = (sizes: ScaleSizes, options: O): number =>
    options.initScale === "match-linear"
      ? matchedScale(router.router + settings(options), sizes, router.scoresOf(sizes.E, options))
      : options.initScale;
  return {
    scale,
    solved: (sizes, options) =>
      options.initScale === "match-linear" ? { initScale: scale(sizes, options) } : {},
    problems: (options, model) => {
      if (options.initScale !== "match-linear") return [];
      const sizes = { D: model.width, E: model.experts, initStd: model.init.std };
      return unmatchedScale(scale(sizes, options), model, settings(options));
    },
  };
}

/** Multipliers among which "match-linear" looks. */
const SCALES = { lowest: 1, highest: 64 };

const solvedScales = new Map<string, number>();

/**
 * The multiplier on the init std with which the mean per-token standard deviation of a router's scores equals that of a
 * linear router's logits, on random RMS-normalised tokens (docs/model.md gives the draws). Needed because products of small
 * weights start one to two orders of magnitude flatter at small widths.
 * @param key names router and options: answers are kept by it and the sizes.
 */
function matchedScale(key: string, { D, E, initStd }: ScaleSizes, scoresOf: ScoresOf): number {
  const fullKey = [key, D, E, initStd].join();
  const known = solvedScales.get(fullKey) ?? solve({ D, E, initStd }, scoresOf);
  solvedScales.set(fullKey, known);
  return known;
}

function solve({ D, E, initStd }: ScaleSizes, scoresOf: ScoresOf): number {
  const tokens = 4096;
  const stream = streamOf(0, "match-linear");
  const draw = (size: number): Float64Array => Float64Array.from({ length: size }, () => stream.normal());
  const x = draw(tokens * D);
  for (let s = 0; s < tokens; s++) {
    const row = x.subarray(s * D, (s + 1) * D);
    const rms = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / D);
    row.forEach((value, d) => (row[d] = value / rms));
  }
  const project = (): Float64Array => {
    const weight = draw(D * E);
    const out = new Float64Array(tokens * E);
    for (let s = 0; s < tokens; s++) {
      for (let d = 0; d < D; d++) {
        const value = (x[s * D + d] ?? 0) * initStd;
        for (let e = 0; e < E; e++) out[s * E + e] = (out[s * E + e] ?? 0) + value * (weight[d * E + e] ?? 0);
      }
    }
    return out;
  };
  const scoresAt = scoresOf({ project, weights: (size) => draw(size).map((value) => value * initStd) });
  const target = meanSpread(project(), E);
  let low = Math.log(SCALES.lowest);
  let high = Math.log(SCALES.highest);
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (meanSpread(scoresAt(Math.exp(middle)), E) < target) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/**
 * Where no multiplier in range matches the spread, e.g. with a high temperature.
 * @param scale what `matchedScale` found.
 * @param settings the router's options that it depends on, in words, e.g. " and temperature 2"; "" for none.
 */
function unmatchedScale(scale: number, model: ModelSettings, settings: string): RouterProblem[] {
  const { lowest, highest } = SCALES;
  if (scale > lowest * 1.000001 && scale < highest * 0.999999) return [];
  const { width, init } = model;
  const message =
    `is "match-linear", but at width ${width}, init.std ${init.std}${settings} no multiplier between ` +
    `${lowest} and ${highest} gives the scores the spread of a linear router's; set a number${settings === "" ? "" : " or a temperature nearer to 1"}`;
  return [{ path: "router.options.initScale", message }];
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
