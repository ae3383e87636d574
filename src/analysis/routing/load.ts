import { sumOf } from "./counts.ts";

/** How evenly assignments are spread over experts; chance, and the best, is an even load. */
export interface LoadMeasures {
  /** Standard deviation of the counts (over E) by their mean; even: 0. Shazeer et al., arXiv 1701.06538, section 4, square it. */
  readonly variation: number;
  /** Entropy of the shares of assignments by ln E; even: 1. */
  readonly entropyShare: number;
  /** Largest count by the mean count, less 1; even: 0. MaxVio of Wang et al., arXiv 2408.15664, equation 4. */
  readonly maxViolation: number;
  /** Gini coefficient, sum over i, j of |n_i - n_j| / (2 E sum n); even: 0, one expert alone: 1 - 1/E. */
  readonly gini: number;
  /** Experts with less than 1 % of an even share. */
  readonly deadExperts: number;
  /** Largest and smallest share of the tokens that one expert gets; even: k / E. OLMoE, arXiv 2409.02060, section 5.3. */
  readonly largestTokenShare: number;
  readonly smallestTokenShare: number;
}

/**
 * @param counts [E], assignments of each expert; at least two experts.
 * @param tokens that they were made for.
 * @returns null where nothing was assigned.
 */
export function loadMeasures(counts: ArrayLike<number>, tokens: number): LoadMeasures | null {
  const total = sumOf(counts);
  const E = counts.length;
  if (total === 0 || E < 2) return null;
  const mean = total / E;
  const sorted = Array.from(counts).sort((a, b) => a - b);
  // sum over i, j of |n_i - n_j| = 2 sum over ranks r (from 0) of (2 r - E + 1) n_(r)
  const spread = sorted.reduce((sum, count, rank) => sum + (2 * rank - E + 1) * count, 0);
  const squares = sorted.reduce((sum, count) => sum + (count - mean) ** 2, 0);
  const [smallest = 0, largest = 0] = [sorted[0], sorted.at(-1)];
  return {
    variation: Math.sqrt(squares / E) / mean,
    entropyShare: entropyNats(counts) / Math.log(E),
    maxViolation: largest / mean - 1,
    gini: spread / (E * total),
    deadExperts: sorted.filter((count) => count < 0.01 * mean).length,
    largestTokenShare: largest / tokens,
    smallestTokenShare: smallest / tokens,
  };
}

/** Plug-in entropy of counts, nats; 0 where there are none. */
export function entropyNats(counts: ArrayLike<number>): number {
  const total = sumOf(counts);
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const share = (counts[i] ?? 0) / total;
    if (share > 0) sum -= share * Math.log(share);
  }
  return sum;
}
