/** Statistics of times. */

/**
 * The middle value, or the mean of the two middle ones.
 * @param {readonly number[]} values
 * @throws {Error} without values
 */
export function median(values) {
  if (values.length === 0) throw new Error("the median of no values");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const both = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return both.reduce((sum, value) => sum + value, 0) / both.length;
}

/**
 * @typedef {{ median_ms: number, min_ms: number, max_ms: number, steps: number }} Times
 * Milliseconds of so many steps.
 */

/**
 * Median, smallest and largest time, rounded to the microsecond.
 * @param {readonly number[]} ms
 * @returns {Times}
 */
export function timesOf(ms) {
  return {
    median_ms: round(median(ms), 3),
    min_ms: round(Math.min(...ms), 3),
    max_ms: round(Math.max(...ms), 3),
    steps: ms.length,
  };
}

/**
 * The straight line of least squares through points.
 * @param {readonly (readonly [number, number])[]} points
 * @returns {{ slope: number, intercept: number }}
 * @throws {Error} with fewer than two different x
 */
export function fitLine(points) {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (!(spread > 0)) throw new Error(`a line needs points at two places, got ${points.length} points`);
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  return { slope, intercept: meanY - slope * meanX };
}

/**
 * @param {number} value
 * @param {number} digits after the point
 */
export function round(value, digits) {
  return Number(value.toFixed(digits));
}
