import { mix } from "./palette.ts";

/**
 * Colours of a quantity relative to a uniform one: white at 1, blue below, orange-brown above, on a logarithmic scale, so that
 * half and double are equally strong.
 */
export interface RelativeScale {
  /** The largest ratio that is told apart; its inverse is the smallest. */
  readonly limit: number;
  readonly colorOf: (ratio: number) => string;
  /** Colours from 1 / limit to limit, for a colour bar. */
  readonly colors: readonly string[];
  /** Ticks of the colour bar. */
  readonly ticks: readonly string[];
}

const BELOW = "#0b4f8a";
const ABOVE = "#a63c00";
const EVEN = "#ffffff";
const BAR_STEPS = 41;
const WIDEST = 16;
/** Squares, so that the ticks between are round. */
const LIMITS = [1.21, 1.44, 2.25, 4, 9, WIDEST];

/** The scale for ratios up to `limit` (> 1). */
export function relativeScale(limit: number): RelativeScale {
  const colorOf = (ratio: number): string => {
    const position = ratio <= 0 ? -1 : Math.max(-1, Math.min(1, Math.log(ratio) / Math.log(limit)));
    return mix(EVEN, position < 0 ? BELOW : ABOVE, Math.abs(position));
  };
  const colors = Array.from({ length: BAR_STEPS }, (_, step) =>
    colorOf(limit ** ((2 * step) / (BAR_STEPS - 1) - 1)),
  );
  const half = Math.sqrt(limit);
  const ticks = [`≤ ${short(1 / limit)}`, short(1 / half), "1", short(half), `≥ ${short(limit)}`];
  return { limit, colorOf, colors, ticks };
}

/**
 * The narrowest of a few limits that holds nineteen in twenty of the ratios: a few limits, so that figures can be compared; not
 * all ratios, so that a single one does not bleach the rest.
 */
export function limitFor(ratios: readonly number[]): number {
  const distances = ratios.map((ratio) => (ratio > 1 ? ratio : 1 / ratio)).sort((a, b) => a - b);
  const far = distances[Math.floor(distances.length * 0.95)] ?? 1;
  return LIMITS.find((limit) => far <= limit) ?? WIDEST;
}

/** Two significant digits below 1, three above. */
function short(value: number): string {
  return String(Number(value.toPrecision(value < 1 ? 2 : 3)));
}
