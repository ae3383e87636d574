// What of the curves is looked at, and where its numbers lie on the picture.
import { compact } from "./dom.js";

/** @typedef {import("../curve-data.ts").PageCurves} PageCurves */
/** @typedef {PageCurves["measures"][number]} Measure */
/** @typedef {PageCurves["series"][number] & { readonly points: Measure["curves"][string] }} ShownCurve */
/**
 * @typedef {object} View
 * @property {string} id unique on the page
 * @property {PageCurves} data
 * @property {Measure} measure
 * @property {Set<string>} hidden names of variants
 * @property {boolean} isWhole from the first step of training
 * @property {number | null} at where values are read, training tokens; null: at the end
 * @property {number} width CSS pixels
 */

export const HEIGHT = 360;
export const MARGIN = { top: 12, right: 14, bottom: 44, left: 66 };
/** Curves start far above where they end: unless all is asked for, the picture begins at this share of training. */
const SHOWN_FROM = 0.2;
/** More bands than this hide each other. */
const MOST_BANDS = 5;

/**
 * Curves that are not hidden.
 * @param {View} view
 * @returns {ShownCurve[]}
 */
export function shownCurves({ data, measure, hidden }) {
  return data.series.flatMap((series) => {
    const points = measure.curves[series.name] ?? [];
    return points.length === 0 || hidden.has(series.name) ? [] : [{ ...series, points }];
  });
}

/**
 * Every place in training at which something was measured, in tokens, in order.
 * @param {Measure} measure
 */
export function placesOf({ curves }) {
  return [...new Set(Object.values(curves).flatMap((points) => points.map(([tokens]) => tokens)))].sort(
    (a, b) => a - b,
  );
}

/**
 * The scales: where tokens and values lie, in pixels of the picture.
 * @param {View} view
 */
export function scalesOf(view) {
  const known = placesOf(view.measure);
  const last = known.at(-1) ?? 1;
  const first = known[0] ?? 0;
  const start = view.isWhole ? first : Math.max(first, last * SHOWN_FROM);
  // One evaluation has no width of its own.
  const from = start < last ? start : 0;
  const { low, high, hasBands } = valuesFrom(view, from);
  const span = { x: view.width - MARGIN.left - MARGIN.right, y: HEIGHT - MARGIN.top - MARGIN.bottom };
  return {
    ...{ from, last, low, high, hasBands },
    /** @param {number} tokens */
    x: (tokens) => MARGIN.left + ((tokens - from) / (last - from)) * span.x,
    /** @param {number} value */
    y: (value) => MARGIN.top + ((high - value) / (high - low)) * span.y,
    /** @param {number} share of the picture's inner width */
    tokensAt: (share) => from + Math.min(1, Math.max(0, share)) * (last - from),
  };
}

/**
 * The values that must be seen, with some room around.
 * @param {View} view
 * @param {number} from training tokens
 */
function valuesFrom(view, from) {
  const curves = shownCurves(view);
  const hasBands = curves.length <= MOST_BANDS;
  const values = curves
    .flatMap(({ points }) => points.filter(([tokens]) => tokens >= from))
    .flatMap(([, mean, low, high]) => (hasBands ? [mean, low, high] : [mean]));
  const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const room = high > low ? (high - low) * 0.05 : Math.abs(high) * 0.01 || 1;
  return { low: low - room, high: high + room, hasBands };
}

/**
 * About `count` round numbers between two.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, index) => (first + index) * step);
}

/**
 * The index of the number nearest to another.
 * @param {readonly number[]} numbers
 * @param {number} wanted
 */
export function nearestIndex(numbers, wanted) {
  return numbers.reduce(
    (best, number, index) =>
      Math.abs(number - wanted) < Math.abs((numbers[best] ?? Infinity) - wanted) ? index : best,
    0,
  );
}

/**
 * Where values are read: index into the places, tokens.
 * @param {View} view
 */
export function readingOf({ measure, at }) {
  const places = placesOf(measure);
  const index = at === null ? places.length - 1 : nearestIndex(places, at);
  return { places, index, tokens: places[index] ?? 0 };
}

/**
 * What a variant has where values are read, as people read it; empty without a curve.
 * @param {View} view
 * @param {string} name
 */
export function valueOf(view, name) {
  const { digits, isSigned, curves } = view.measure;
  const points = curves[name] ?? [];
  const { tokens } = readingOf(view);
  const point =
    points[
      nearestIndex(
        points.map(([at]) => at),
        tokens,
      )
    ];
  if (point === undefined) return "";
  return new Intl.NumberFormat("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: isSigned ? "exceptZero" : "auto",
  }).format(point[1]);
}

/**
 * What is read, where.
 * @param {View} view
 */
export function readingWords(view) {
  const { label, unit, band } = view.measure;
  return `${label} (${unit}) after ${compact(readingOf(view).tokens)} tokens; ${band}`;
}
