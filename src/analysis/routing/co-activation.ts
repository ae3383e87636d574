import type { LayerDecisions } from "../../records/decisions.ts";
import { rowsOf } from "./counts.ts";

/** How often experts of one layer work on the same token. */
export interface CoActivation {
  /** E. */
  readonly experts: number;
  /** [E, E] row-major: tokens sent to both; on the diagonal, to the one. */
  readonly together: Float64Array;
}

/**
 * Counts every pair of a token's experts (OLMoE, arXiv 2409.02060, section 5.2), whatever their ranks; the paper's script counts only
 * neighbouring ranks, 7 of the 28 pairs at k = 8.
 */
export function coActivation({ first, expert }: LayerDecisions, experts: number): CoActivation {
  const half = new Float64Array(experts * experts);
  for (let t = 0; t + 1 < first.length; t++) {
    const [start, end] = rowsOf(first, t);
    for (let a = start; a < end; a++) {
      const row = (expert[a] ?? 0) * experts;
      for (let b = start; b <= a; b++) {
        const cell = row + (expert[b] ?? 0);
        half[cell] = (half[cell] ?? 0) + 1;
      }
    }
  }
  // Each pair was counted once, one way or the other.
  const together = Float64Array.from(half, (count, cell) => {
    const [i, j] = [Math.floor(cell / experts), cell % experts];
    return i === j ? count : count + (half[j * experts + i] ?? 0);
  });
  return { experts, together };
}

/** One ordered pair of experts. */
export interface ExpertPair {
  readonly expert: number;
  readonly other: number;
  /** N_ij, tokens. */
  readonly tokens: number;
  /** N_ij / N_i: share of the tokens of `expert` that `other` works on too. Not symmetric. */
  readonly share: number;
  /**
   * The share by what it would be if the other experts of these tokens were drawn in proportion to their load:
   * (k_i - 1) N_j / (sum of N over all but i), k_i the mean number of experts of the tokens of i. 1 is chance; at an even load the chance
   * share is (k - 1) / (E - 1). (N_j / n, as of independent experts, would call every pair rare: a token has no expert twice.)
   */
  readonly lift: number;
}

/** All ordered pairs of different experts of which the first was chosen at all. */
export function expertPairs({ experts: E, together }: CoActivation): ExpertPair[] {
  const alone = Array.from({ length: E }, (_, e) => together[e * E + e] ?? 0);
  const total = alone.reduce((sum, count) => sum + count, 0);
  const pairs: ExpertPair[] = [];
  for (let i = 0; i < E; i++) {
    const own = alone[i] ?? 0;
    if (own === 0) continue;
    let beside = 0; // assignments of the tokens of i to other experts
    for (let j = 0; j < E; j++) if (j !== i) beside += together[i * E + j] ?? 0;
    for (let j = 0; j < E; j++) {
      if (j === i) continue;
      const tokens = together[i * E + j] ?? 0;
      const expected = (beside * (alone[j] ?? 0)) / (total - own);
      pairs.push({ expert: i, other: j, tokens, share: tokens / own, lift: tokens / expected });
    }
  }
  return pairs.map((pair) => (Number.isFinite(pair.lift) ? pair : { ...pair, lift: 1 }));
}
