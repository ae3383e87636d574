import { mean as meanOf, sampleStandardDeviation } from "simple-statistics";
import { studentTQuantile, studentTTwoSided } from "./student-t.ts";

/** A mean with its t-interval; the interval is null for a single value. Units are those of the values. */
export interface MeanInterval {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation (divisor n - 1); null for a single value. */
  readonly sd: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** A paired t-test; for the mean of paired differences. */
export interface PairedT {
  readonly n: number;
  readonly mean: number;
  readonly sd: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  /** Infinite when all differences are equal and not zero. */
  readonly t: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * Mean and two-sided t-interval with coverage 1 - alpha.
 * @returns null for no values.
 */
export function meanInterval(values: readonly number[], alpha: number): MeanInterval | null {
  if (values.length === 0) return null;
  const mean = meanOf([...values]);
  if (values.length === 1) return { n: 1, mean, sd: null, low: null, high: null };
  const sd = sampleStandardDeviation([...values]);
  const half = -studentTQuantile(alpha / 2, values.length - 1) * (sd / Math.sqrt(values.length));
  return { n: values.length, mean, sd, low: mean - half, high: mean + half };
}

/**
 * Paired t-test that the mean difference is zero, with its interval of coverage 1 - alpha.
 * @param differences variant minus baseline at the same seed.
 * @returns null for fewer than two pairs: one pair has no spread.
 */
export function pairedT(differences: readonly number[], alpha: number): PairedT | null {
  const interval = meanInterval(differences, alpha);
  if (interval?.sd == null || interval.low === null || interval.high === null) return null;
  const { n, mean, sd, low, high } = interval;
  const standardError = sd / Math.sqrt(n);
  const t = tStatistic(mean, standardError);
  return { n, mean, sd, standardError, low, high, t, p: studentTTwoSided(t, n - 1) };
}

/** difference / standardError, where nothing over nothing is zero: equal runs give no evidence of a difference. */
export function tStatistic(difference: number, standardError: number): number {
  return difference === 0 ? 0 : difference / standardError;
}
