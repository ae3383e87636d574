import { noncentralTCdf } from "./noncentral-t.ts";
import { studentTQuantile } from "./student-t.ts";

/** Power that "could have seen" and "seeds needed" are meant with. */
const POWER = 0.8;
/** More seeds than this are reported as none that would do. */
const MOST_SEEDS = 10_000;

/**
 * Power of the two-sided paired t-test, exact (noncentral t).
 * @param effect true mean difference, in the units of sd.
 * @param sd standard deviation of the paired differences.
 * @param n pairs, at least 2.
 */
export function powerOfPairedT(effect: number, sd: number, n: number, alpha: number): number {
  if (sd === 0) return effect === 0 ? alpha : 1;
  const critical = -studentTQuantile(alpha / 2, n - 1);
  const shift = (Math.abs(effect) / sd) * Math.sqrt(n);
  // The rest is below 1e-20, and the series would take a time proportional to the shift.
  if (shift > 10 * critical + 10) return 1;
  return 1 - noncentralTCdf(critical, n - 1, shift) + noncentralTCdf(-critical, n - 1, shift);
}

/**
 * The smallest true difference that n pairs of this spread would have found with 80 % power, in the units of sd.
 * Exact (noncentral t), for one comparison at level alpha.
 * @returns null for fewer than two pairs.
 */
export function smallestEffect(sd: number, n: number, alpha: number): number | null {
  if (n < 2) return null;
  if (sd === 0) return 0;
  let low = 0;
  let high = sd;
  while (powerOfPairedT(high, sd, n, alpha) < POWER) high *= 2;
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (powerOfPairedT(middle, sd, n, alpha) < POWER) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Pairs that find a true difference of `effect` with 80 % power, two-sided at level alpha; exact (noncentral t).
 * @returns at least 2; null when more than 10 000 are needed.
 */
export function seedsNeeded(effect: number, sd: number, alpha: number): number | null {
  let low = 1;
  let high = 2;
  while (powerOfPairedT(effect, sd, high, alpha) < POWER) {
    if (high >= MOST_SEEDS) return null;
    low = high;
    high = Math.min(2 * high, MOST_SEEDS);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (powerOfPairedT(effect, sd, middle, alpha) < POWER) low = middle;
    else high = middle;
  }
  return high;
}
