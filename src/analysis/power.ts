import { streamOf } from "../core/streams.ts";
import { noncentralTCdf } from "./noncentral-t.ts";
import { studentTQuantile } from "./student-t.ts";

/** Power that "could have seen" and "seeds needed" are meant with. */
const POWER = 0.8;
/** Experiments simulated where looks make an exact answer too costly; the power of what is found is off by 0.3 %. */
const SIMULATED = 20_000;
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

/**
 * The smallest true difference, in standard deviations of the paired differences, that a plan of looks finds by its last look with 80 % power, for
 * one comparison. Simulated, always with the same numbers: a difference is found from the size on at which any look's t reaches its level, and
 * the 80th percentile of those sizes is the answer.
 * @param looks pairs in total at each look, growing, at least 2, with the level of each.
 */
export function smallestEffectOfLooks(
  looks: readonly { readonly n: number; readonly level: number }[],
): number {
  const criticals = looks.map(({ n, level }) => ({ n, critical: -studentTQuantile(level / 2, n - 1) }));
  const stream = streamOf(0, "power-of-looks");
  const found = new Float64Array(SIMULATED);
  for (let experiment = 0; experiment < SIMULATED; experiment++) {
    let [count, sum, squares] = [0, 0, 0];
    let least = Infinity;
    for (const { n, critical } of criticals) {
      for (; count < n; count++) {
        const value = stream.normal();
        sum += value;
        squares += value * value;
      }
      const standardError = Math.sqrt((squares - (sum * sum) / n) / (n - 1) / n);
      least = Math.min(least, critical * standardError - sum / n);
    }
    found[experiment] = least;
  }
  return found.sort()[Math.ceil(POWER * SIMULATED) - 1] ?? NaN;
}
