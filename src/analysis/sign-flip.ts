import type { Stream } from "../core/streams.ts";

/** Up to this many pairs all 2^n sign patterns are counted; beyond, they are sampled. */
const ENUMERATED_PAIRS = 20;
/** Patterns sampled beyond it. */
const SAMPLES = 200_000;

/** A sign-flip (randomisation) test of paired differences. */
export interface SignFlip {
  /** Two-sided; exact when enumerated. */
  readonly p: number;
  /** The smallest p that this test can give at this n: 2 / 2^n, or 1 / (samples + 1). */
  readonly smallestP: number;
  readonly method: "enumerated" | "sampled";
}

/**
 * Share of sign patterns whose mean difference is at least as far from zero as the observed one. Assumes only that
 * without an effect every difference could as well have had the other sign.
 * @param stream drawn from only when patterns are sampled (n > 20).
 * @returns null for no differences.
 */
export function signFlip(differences: readonly number[], stream: Stream): SignFlip | null {
  const n = differences.length;
  if (n === 0) return null;
  const observed = Math.abs(differences.reduce((sum, d) => sum + d, 0));
  const scale = differences.reduce((sum, d) => sum + Math.abs(d), 0);
  // Patterns that tie with the observed one in exact arithmetic must count whatever the order of summation.
  const threshold = observed - 1e-12 * scale;
  if (n <= ENUMERATED_PAIRS) {
    const p = countExtreme(differences, threshold) / 2 ** n;
    return { p, smallestP: Math.min(1, 2 / 2 ** n), method: "enumerated" };
  }
  let extreme = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    let sum = 0;
    let bits = 0;
    for (let i = 0; i < n; i++) {
      if (i % 32 === 0) bits = stream.uint32();
      sum += (bits >>> (i % 32)) & 1 ? (differences[i] ?? 0) : -(differences[i] ?? 0);
    }
    if (Math.abs(sum) >= threshold) extreme += 1;
  }
  // The observed pattern is one of the patterns: an estimate of exactly zero would be a lie.
  return { p: (extreme + 1) / (SAMPLES + 1), smallestP: 1 / (SAMPLES + 1), method: "sampled" };
}

/** Number of the 2^n signed sums with |sum| >= threshold, by depth-first search (no rounding piles up). */
function countExtreme(differences: readonly number[], threshold: number): number {
  const descend = (depth: number, sum: number): number => {
    const difference = differences[depth];
    if (difference === undefined) return Math.abs(sum) >= threshold ? 1 : 0;
    return descend(depth + 1, sum + difference) + descend(depth + 1, sum - difference);
  };
  return descend(0, 0);
}
