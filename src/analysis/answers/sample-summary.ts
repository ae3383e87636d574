import type { FinalResults, SampleResults } from "../../records/results.ts";
import { meanInterval, pairedT, type MeanInterval, type PairedT } from "../paired-t.ts";

/** What is said of samples, by name: shares are 0 to 1, as self-BLEU is. */
export const SAMPLE_MEASURES = {
  /** Right ones among the samples, 0 to 1. */
  right: ({ right, questions, each }: SampleResults) => right / (questions * each),
  /** Questions with a right one among their samples, 0 to 1. */
  solved: ({ solved, questions }: SampleResults) => solved / questions,
  selfBleu: ({ selfBleu }: SampleResults) => selfBleu,
  entropyNats: ({ entropyNats }: SampleResults) => entropyNats,
  entropyNatsPerToken: ({ entropyNats, tokens }: SampleResults) => entropyNats / tokens,
  distinct1: ({ distinct }: SampleResults) => distinct[0] ?? null,
  distinct2: ({ distinct }: SampleResults) => distinct[1] ?? null,
  distinct3: ({ distinct }: SampleResults) => distinct[2] ?? null,
  distinct4: ({ distinct }: SampleResults) => distinct[3] ?? null,
} as const satisfies Record<string, (samples: SampleResults) => number | null>;

export type SampleMeasure = keyof typeof SAMPLE_MEASURES;

/** A measure over seeds. */
export interface SampleStatistics {
  /** Without an interval for a single seed: samples of one question are no independent trials. Null where no run has it. */
  readonly mean: MeanInterval | null;
  /** Against the baseline at the same seed; null without two pairs. */
  readonly difference: PairedT | null;
}

/** Samples of a variant's models. */
export type SampleSummary = Readonly<Record<SampleMeasure, SampleStatistics>> & {
  /** Of the first run. */
  readonly questions: number;
  readonly each: number;
};

/**
 * Samples of a variant's runs.
 * @param own results of its finished runs.
 * @param pairs with the baseline's at the same seed.
 * @param alpha one minus the coverage of intervals.
 * @returns null where none were drawn.
 */
export function summariseSamples(
  own: readonly FinalResults[],
  pairs: readonly (readonly [FinalResults, FinalResults])[],
  alpha: number,
): SampleSummary | null {
  const samples = own.flatMap(({ answers }) => answers?.samples ?? []);
  const [first] = samples;
  if (first === undefined) return null;
  const statistics = Object.entries(SAMPLE_MEASURES).map(([id, measure]): [string, SampleStatistics] => {
    const differences = pairs.flatMap(([variant, baseline]) => {
      const both = [variant, baseline].map(({ answers }) => answers?.samples && measure(answers.samples));
      const [one, other] = both;
      return one == null || other == null ? [] : [one - other];
    });
    const mean = meanInterval(
      samples.flatMap((one) => measure(one) ?? []),
      alpha,
    );
    return [id, { mean, difference: pairedT(differences, alpha) }];
  });
  return {
    ...(Object.fromEntries(statistics) as Record<SampleMeasure, SampleStatistics>),
    questions: first.questions,
    each: first.each,
  };
}
