/** Statistics of pairs of runs. */

/** @param {readonly number[]} numbers */
export function mean(numbers) {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}

/**
 * The standard deviation, with n - 1.
 * @param {readonly number[]} numbers
 */
export function sd(numbers) {
  const m = mean(numbers);
  return Math.sqrt(numbers.reduce((sum, x) => sum + (x - m) ** 2, 0) / (numbers.length - 1));
}

/**
 * Pearson's correlation.
 * @param {readonly (readonly [number, number])[]} pairs
 */
export function correlation(pairs) {
  const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
  const [ma, mb] = [mean(a), mean(b)];
  return mean(pairs.map(([x, y]) => (x - ma) * (y - mb))) / (sd(a) * sd(b)) / (1 - 1 / pairs.length);
}
