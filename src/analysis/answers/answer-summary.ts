import { accuracyOf, type Counted, countedOf } from "../../records/answer-counts.ts";
import type { AnswerResults, FinalResults } from "../../records/results.ts";
import { pairedT, type MeanInterval, type PairedT } from "../paired-t.ts";
import { summariseSamples, type SampleSummary } from "./sample-summary.ts";
import { meanShare } from "./share-interval.ts";

/** What a variant's models could do, means over seeds; shares, 0 to 1. Of a single seed the interval is that of its questions (Clopper and Pearson). */
export interface AnswerSummary {
  /** Right answers, byte for byte, on held-out instructions. */
  readonly validation: MeanInterval;
  readonly test: MeanInterval;
  /** The right one chosen among `1 / chance` answers, by the probability of all of it, and of a byte of it. */
  readonly choice: MeanInterval;
  readonly choicePerByte: MeanInterval;
  /** Share that is right by lot. */
  readonly chance: number;
  /** Of right answers on the test split, against the baseline at the same seed; null without two pairs. */
  readonly testDifference: PairedT | null;
  /** Null in runs of before samples were drawn. */
  readonly samples: SampleSummary | null;
}

/**
 * Answers of a variant's runs.
 * @param own results of its finished runs.
 * @param pairs with the baseline's at the same seed.
 * @param alpha one minus the coverage of intervals.
 * @returns null where nothing was asked.
 */
export function summariseAnswers(
  own: readonly FinalResults[],
  pairs: readonly (readonly [FinalResults, FinalResults])[],
  alpha: number,
): AnswerSummary | null {
  const asked = own.flatMap(({ answers }) => answers ?? []);
  const [first] = asked;
  if (first === undefined) return null;
  const over = (count: (answers: AnswerResults) => Counted): MeanInterval =>
    meanShare(asked.map(count), alpha);
  const differences = pairs.flatMap(([variant, baseline]) =>
    variant.answers === undefined || baseline.answers === undefined
      ? []
      : [accuracyOf(variant.answers.test) - accuracyOf(baseline.answers.test)],
  );
  return {
    validation: over(({ validation }) => countedOf(validation)),
    test: over(({ test }) => countedOf(test)),
    choice: over(({ choice }) => choice),
    choicePerByte: over(({ choice }) => ({ right: choice.rightPerByte, asked: choice.asked })),
    chance: 1 / first.choice.choices,
    testDifference: pairedT(differences, alpha),
    samples: summariseSamples(own, pairs, alpha),
  };
}
