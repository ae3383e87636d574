import type { Stream } from "../core/streams.ts";
import { mean as meanOf } from "simple-statistics";
import { equivalenceP } from "./equivalence.ts";
import { holm, holmLevels } from "./holm.ts";
import type { Looks } from "./looks.ts";
import type { DifferenceUnit } from "./metrics.ts";
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

/** The tests of a variant against its baseline, over the looks taken at them; what a verdict is made from. */
export interface Evidence {
  /** Of all pairs; the interval's level is `level`. Null with one pair. */
  readonly test: PairedT | null;
  /** The last look, from 0, that brought this variant new pairs and was paid for; null before there is one. */
  readonly look: number | null;
  /** One minus the coverage of this interval by itself: over all looks together it is alpha. */
  readonly level: number;
  /** The paired t over all looks: the chance that, without an effect, any planned look shows a p as small. */
  readonly looksP: number | null;
  /** TOST against the margin, of all pairs; null with one pair. */
  readonly equivalenceP: number | null;
  /** TOST over all looks. */
  readonly equivalenceLooksP: number | null;
  /** Mean difference at the look with the smallest p: the side that a verdict takes. */
  readonly side: number;
}

/** A variant against its baseline, paired by seed. Shares are shares of `scale`. */
export interface Comparison extends Evidence {
  readonly pairs: readonly Pair[];
  readonly baselineMean: number;
  /** The baseline's mean over the pairs, or 1 where differences are in points. */
  readonly scale: number;
  /** Variant minus baseline, in the metric's unit. */
  readonly meanDifference: number;
  /** NaN where the scale is 0: a loss of nothing has no share. */
  readonly relative: { readonly mean: number; readonly low: number | null; readonly high: number | null };
  readonly signFlip: SignFlip | null;
}

/** What a family of tests concludes of one of them. */
export interface Judgement {
  readonly holmP: number | null;
  readonly equivalenceHolmP: number | null;
  /** The level over all looks that Holm held this p against, given the others: alpha / (size of the family - others rejected). */
  readonly holmLevel: number | null;
  /** Null with one pair: one seed is no evidence. */
  readonly verdict: Verdict | null;
}

/** A comparison in a family of them. */
export interface JudgedComparison extends Comparison, Judgement {
  /** Smallest true difference that this many pairs find with 80 % power at the level that p was held against, as a share; null where the scale is 0 too. */
  readonly smallestEffectShare: number | null;
  /** Pairs that would find a difference as large as the margin with 80 % power; null beyond 10 000 or with one pair. */
  readonly seedsForMargin: number | null;
}

/**
 * Tests paired results over the looks taken at them. A look that brought no new pair (the variant had its verdict, or its run
 * failed) is none for this variant: equal data must not be tested again at a softer level.
 * @param margin difference that counts as none, as a share of the scale.
 * @param differences whether the scale is the baseline's mean or 1.
 */
export function testPairs(
  pairs: readonly Pair[],
  margin: number,
  looks: Looks,
  differences: DifferenceUnit = "%",
): Evidence {
  const { paid, alpha } = looks;
  const scale = (p: number, look: number): number =>
    (p * (paid[0]?.level ?? NaN)) / (paid[look]?.level ?? NaN);
  let look: number | null = null;
  let [smallestP, smallestEquivalenceP] = [Infinity, Infinity];
  let side = 0;
  let seen = 1;
  let last: ReturnType<typeof testsOf> = null;
  for (const [index, { seeds, level }] of paid.entries()) {
    const at = seeds === null ? pairs : pairs.filter(({ seed }) => seeds.has(seed));
    const tests = at.length > seen ? testsOf(at, margin * scaleOf(at, differences), level) : null;
    if (tests === null) continue;
    [look, seen, last] = [index, at.length, tests];
    const p = scale(tests.test.p, index);
    if (p < smallestP) [smallestP, side] = [p, tests.test.mean];
    smallestEquivalenceP = Math.min(smallestEquivalenceP, scale(tests.equivalenceP, index));
  }
  const level = paid[look ?? 0]?.level ?? alpha;
  const whole = seen === pairs.length ? last : testsOf(pairs, margin * scaleOf(pairs, differences), level);
  return {
    test: whole?.test ?? null,
    look,
    level,
    looksP: look === null ? null : looks.adjust(smallestP),
    equivalenceP: whole?.equivalenceP ?? null,
    equivalenceLooksP: look === null ? null : looks.adjust(smallestEquivalenceP),
    side,
  };
}

/** @param margin in the metric's unit */
function testsOf(
  pairs: readonly Pair[],
  margin: number,
  level: number,
): { readonly test: PairedT; readonly equivalenceP: number } | null {
  const test = pairedT(pairs.map(differenceOf), level);
  return test && { test, equivalenceP: equivalenceP(test, margin) };
}

/** How results are compared. */
interface Asked {
  /** Difference that counts as none, as a share of the scale. */
  readonly margin: number;
  readonly looks: Looks;
  readonly differences: DifferenceUnit;
}

/**
 * Compares paired results.
 * @param asked the margin and what it is a share of, and the looks.
 * @param stream for sign flips beyond 20 pairs.
 * @returns null without pairs.
 */
export function compare(
  pairs: readonly Pair[],
  { margin, looks, differences }: Asked,
  stream: Stream,
): Comparison | null {
  if (pairs.length === 0) return null;
  const baselineMean = baselineMeanOf(pairs);
  const scale = scaleOf(pairs, differences);
  const values = pairs.map(differenceOf);
  const meanDifference = meanOf(values);
  const evidence = testPairs(pairs, margin, looks, differences);
  const { test } = evidence;
  const share = (value: number): number => (scale === 0 ? NaN : value / scale);
  return {
    ...evidence,
    pairs,
    baselineMean,
    scale,
    meanDifference,
    relative: { mean: share(meanDifference), low: test && share(test.low), high: test && share(test.high) },
    signFlip: signFlip(values, stream),
  };
}

/**
 * Gives each test of a family its Holm-corrected p-values and verdict. The family is all of them, controls included, for the
 * t-tests and, apart, for the equivalence tests. Holm is applied to p-values over all looks, so that the chance of any false
 * positive in the family, at any look, is at most alpha (Maurer and Bretz 2013, doi 10.1080/19466315.2013.807748: group-sequential tests
 * in a closed Bonferroni procedure); it stays so when variants stop getting seeds at their verdict.
 */
export function judge(family: readonly (Evidence | null)[], alpha: number): (Judgement | null)[] {
  const looksPs = family.map((evidence) => evidence?.looksP ?? null);
  const holmPs = holm(looksPs);
  const levels = holmLevels(looksPs, alpha);
  const equivalencePs = holm(family.map((evidence) => evidence?.equivalenceLooksP ?? null));
  return family.map((evidence, index) => {
    if (evidence === null) return null;
    const holmP = holmPs[index] ?? null;
    const equivalenceHolmP = equivalencePs[index] ?? null;
    const found = holmP === null ? null : { mean: evidence.side, holmP, equivalenceHolmP };
    return {
      holmP,
      equivalenceHolmP,
      holmLevel: levels[index] ?? null,
      verdict: found && decide(found, alpha),
    };
  });
}

/** Comparisons with their judgements, and what they could have seen. */
export function judgeComparisons(
  comparisons: readonly (Comparison | null)[],
  margin: number,
  looks: Looks,
): (JudgedComparison | null)[] {
  const judgements = judge(comparisons, looks.alpha);
  return comparisons.map((comparison, index) => {
    const judgement = judgements[index] ?? null;
    if (comparison === null || judgement === null) return null;
    const { test, scale, look } = comparison;
    const { holmLevel } = judgement;
    if (test === null || holmLevel === null) {
      return { ...comparison, ...judgement, smallestEffectShare: null, seedsForMargin: null };
    }
    const level = looks.levelAt(look ?? 0, holmLevel);
    const smallest = smallestEffect(test.sd, test.n, level);
    return {
      ...comparison,
      ...judgement,
      smallestEffectShare: smallest === null || scale === 0 ? null : smallest / scale,
      seedsForMargin: scale === 0 ? null : seedsNeeded(margin * scale, test.sd, level),
    };
  });
}

function differenceOf({ variant, baseline }: Pair): number {
  return variant - baseline;
}

/** What differences are shares of. */
function scaleOf(pairs: readonly Pair[], differences: DifferenceUnit): number {
  return differences === "points" ? 1 : baselineMeanOf(pairs);
}

function baselineMeanOf(pairs: readonly Pair[]): number {
  return meanOf(pairs.map((pair) => pair.baseline));
}
