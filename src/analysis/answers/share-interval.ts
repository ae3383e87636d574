import type { Counted } from "../../records/answer-counts.ts";
import { meanInterval, type MeanInterval } from "../paired-t.ts";
import { incompleteBeta } from "../special-functions.ts";

/** A share of trials with its exact interval. */
export interface ShareInterval {
  readonly asked: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** Halvings of [0, 1] until a double can't be told from its neighbour. */
const HALVINGS = 60;

/**
 * A share with its exact two-sided interval of coverage 1 - alpha or more (Clopper and Pearson 1934, doi 10.1093/biomet/26.4.404): all p under which
 * neither `right` or more nor `right` or fewer has a chance below alpha / 2. The binomial tail is a beta distribution function: P(X >= x) = I_p(x, n - x + 1).
 * @param right 0 to asked
 * @param asked at least 1
 */
export function shareInterval(right: number, asked: number, alpha: number): ShareInterval {
  const atLeast = (x: number, p: number): number => incompleteBeta(p, x, asked - x + 1);
  return {
    asked,
    share: right / asked,
    low: right === 0 ? 0 : rootOf((p) => atLeast(right, p) - alpha / 2),
    high: right === asked ? 1 : rootOf((p) => atLeast(right + 1, p) - (1 - alpha / 2)),
  };
}

/** Mean share over seeds with its t-interval; of one seed with the exact interval of its questions. @param counted of each seed, at least one */
export function meanShare(counted: readonly Counted[], alpha: number): MeanInterval {
  const [only] = counted;
  if (counted.length === 1 && only !== undefined) {
    const { share, low, high } = shareInterval(only.right, only.asked, alpha);
    return { n: 1, mean: share, sd: null, low, high };
  }
  const values = counted.map(({ right, asked }) => right / asked);
  const mean = meanInterval(values, alpha);
  if (mean === null) throw new Error("no counts to take a mean of");
  return mean;
}

/** Where a rising function of [0, 1] is zero. */
function rootOf(rising: (p: number) => number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (rising(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
