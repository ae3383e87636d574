import { mean as meanOf, sampleCovariance } from "simple-statistics";
import { studentTQuantile } from "./student-t.ts";

/** A ratio of two means with its confidence interval. */
export interface RatioInterval {
  readonly ratio: number;
  /** Null where the denominator can't be told from zero: then no interval bounds the ratio. */
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * The ratio of two means of paired values with Fieller's interval (Fieller 1954, J. R. Stat. Soc. B 16, 175): all r for which a t-test does not refuse
 * mean(numerator - r * denominator) = 0. With t the two-sided quantile, a and b the means, and v their covariances over n, these
 * are the r between the roots of (b^2 - t^2 v_bb) r^2 - 2 (a b - t^2 v_ab) r + (a^2 - t^2 v_aa).
 * @param alpha one minus the coverage.
 * @returns null for fewer than two pairs.
 */
export function fieller(
  numerator: readonly number[],
  denominator: readonly number[],
  alpha: number,
): RatioInterval | null {
  const n = numerator.length;
  if (n < 2 || denominator.length !== n) return null;
  const [x, y] = [[...numerator], [...denominator]];
  const [a, b] = [meanOf(x), meanOf(y)];
  const t2 = studentTQuantile(alpha / 2, n - 1) ** 2;
  const weighted = (left: number[], right: number[]): number => (t2 * sampleCovariance(left, right)) / n;
  const [square, cross, constant] = [b * b - weighted(y, y), a * b - weighted(x, y), a * a - weighted(x, x)];
  const discriminant = cross * cross - square * constant;
  if (!(square > 0) || discriminant < 0) return { ratio: a / b, low: null, high: null };
  const half = Math.sqrt(discriminant) / square;
  return { ratio: a / b, low: cross / square - half, high: cross / square + half };
}
