import { judge, testPairs, type Evidence, type Pair } from "../../src/analysis/comparison.ts";
import { takeLook } from "../../src/analysis/look-plan.ts";
import { looksOfProcedure, type Looks } from "../../src/analysis/looks.ts";
import { isOpen, type Verdict } from "../../src/analysis/verdict.ts";
import { streamOf } from "../../src/core/streams.ts";
import type { Procedure } from "../../src/records/looks.ts";

/**
 * Whole procedures simulated through the functions that the commands call: plan, look, test, judge, stop what has a verdict. Losses are
 * 1 plus noise, so that a share of the baseline's mean is nearly a number; the baseline's noise is common to all pairs of a seed.
 */

/** Noise of one run; a paired difference of two has the standard deviation NOISE * sqrt 2. */
const NOISE = 0.01;
/** Standard deviation of paired differences. */
export const PAIRED_SD = NOISE * Math.SQRT2;

export interface Simulated {
  /** At the end, by variant. */
  readonly verdicts: readonly (Verdict | null)[];
  readonly evidence: readonly (Evidence | null)[];
  /** By look and variant: the interval of the mean difference, where the look brought new pairs. */
  readonly intervals: readonly (readonly { readonly low: number; readonly high: number }[])[];
  readonly seedsUsed: readonly number[];
}

/** A procedure whose looks are all taken one by one, with what tests must know after each; made once for many experiments. */
export function steps(
  plan: Procedure,
  byHand: readonly (readonly number[])[] = [],
): { seeds: number; looks: Looks }[] {
  let procedure = plan;
  const lists = byHand.length > 0 ? byHand : plan.looks.map(({ seeds }) => seeds);
  return lists.map((seeds) => {
    procedure = takeLook(procedure, seeds);
    return { seeds: seeds.length, looks: looksOfProcedure(procedure) };
  });
}

/**
 * One experiment from the first look to the last verdict.
 * @param effects true mean difference of each variant.
 * @param margin as a share of the loss.
 */
export function simulate(
  number: number,
  effects: readonly number[],
  margin: number,
  taken: readonly { readonly seeds: number; readonly looks: Looks }[],
): Simulated {
  const noise = streamOf(number, "procedure");
  const pairs: Pair[][] = effects.map(() => []);
  const intervals: { low: number; high: number }[][] = effects.map(() => []);
  let open = effects.map(() => true);
  let evidence: (Evidence | null)[] = [];
  let verdicts: (Verdict | null)[] = [];
  let seed = 0;
  for (const { seeds, looks } of taken) {
    for (; seed < seeds; seed++) {
      const baseline = 1 + NOISE * noise.normal();
      for (const [index, effect] of effects.entries()) {
        const variant = 1 + effect + NOISE * noise.normal();
        if (open[index] === true) pairs[index]!.push({ seed: seed + 1, variant, baseline });
      }
    }
    evidence = pairs.map((own) => testPairs(own, margin, looks));
    for (const [index, { test }] of evidence.map((each) => each!).entries()) {
      if (open[index] === true && test !== null) intervals[index]!.push({ low: test.low, high: test.high });
    }
    verdicts = judge(evidence, looks.alpha).map((each) => each!.verdict);
    open = verdicts.map(isOpen);
    if (!open.includes(true)) break;
  }
  return { verdicts, evidence, intervals, seedsUsed: pairs.map((own) => own.length) };
}

/** Share of experiments with something true of them. */
export function shareOf(experiments: readonly Simulated[], isSo: (one: Simulated) => boolean): number {
  return experiments.filter(isSo).length / experiments.length;
}
