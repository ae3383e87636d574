import type { Stream } from "../core/streams.ts";
import { mean as meanOf } from "simple-statistics";
import { equivalenceP } from "./equivalence.ts";
import { holm } from "./holm.ts";
import { pairedT, type PairedT } from "./paired-t.ts";
import { seedsNeeded, smallestEffect } from "./power.ts";
import { signFlip, type SignFlip } from "./sign-flip.ts";
import { decide, type Verdict } from "./verdict.ts";

/** The metric of a variant and of its baseline at one seed. */
export interface Pair {
  readonly seed: number;
  readonly variant: number;
  readonly baseline: number;
}

/** A variant against its baseline, paired by seed. Shares are shares of the baseline's mean over the pairs. */
export interface Comparison {
  readonly pairs: readonly Pair[];
  readonly baselineMean: number;
  /** Variant minus baseline, in the metric's unit. */
  readonly meanDifference: number;
  /** Null with one pair. */
  readonly test: PairedT | null;
  readonly relative: { readonly mean: number; readonly low: number | null; readonly high: number | null };
  readonly signFlip: SignFlip | null;
  /** TOST against the margin; null with one pair. */
  readonly equivalenceP: number | null;
  /** Smallest true difference that this would have found with 80 % power, as a share. */
  readonly smallestEffectShare: number | null;
  /** Seeds that would find a difference as large as the margin with 80 % power; null beyond 10 000 or with one pair. */
  readonly seedsForMargin: number | null;
}

/** A comparison in a family of them. */
export interface JudgedComparison extends Comparison {
  readonly holmP: number | null;
  readonly equivalenceHolmP: number | null;
  /** Null with one pair: one seed is no evidence. */
  readonly verdict: Verdict | null;
}

/**
 * Compares paired results.
 * @param margin share of the baseline's mean that counts as no difference.
 * @param stream for sign flips beyond 20 pairs.
 * @returns null without pairs.
 */
export function compare(
  pairs: readonly Pair[],
  margin: number,
  alpha: number,
  stream: Stream,
): Comparison | null {
  if (pairs.length === 0) return null;
  const baselineMean = meanOf(pairs.map((pair) => pair.baseline));
  const differences = pairs.map((pair) => pair.variant - pair.baseline);
  const meanDifference = meanOf(differences);
  const test = pairedT(differences, alpha);
  const share = (value: number): number => value / baselineMean;
  const smallest = test && smallestEffect(test.sd, test.n, alpha);
  return {
    pairs,
    baselineMean,
    meanDifference,
    test,
    relative: { mean: share(meanDifference), low: test && share(test.low), high: test && share(test.high) },
    signFlip: signFlip(differences, stream),
    equivalenceP: test && equivalenceP(test, margin * baselineMean),
    smallestEffectShare: smallest === null ? null : share(smallest),
    seedsForMargin: test && seedsNeeded(margin * baselineMean, test.sd, alpha),
  };
}

/**
 * Gives each comparison its Holm-corrected p-values and verdict. The family is all of them, controls included, for the
 * t-tests and, apart, for the equivalence tests.
 */
export function judge(
  comparisons: readonly (Comparison | null)[],
  alpha: number,
): (JudgedComparison | null)[] {
  const holmPs = holm(comparisons.map((comparison) => comparison?.test?.p ?? null));
  const equivalencePs = holm(comparisons.map((comparison) => comparison?.equivalenceP ?? null));
  return comparisons.map((comparison, index) => {
    if (comparison === null) return null;
    const holmP = holmPs[index] ?? null;
    const equivalenceHolmP = equivalencePs[index] ?? null;
    const evidence = holmP === null ? null : { mean: comparison.meanDifference, holmP, equivalenceHolmP };
    return { ...comparison, holmP, equivalenceHolmP, verdict: evidence && decide(evidence, alpha) };
  });
}
