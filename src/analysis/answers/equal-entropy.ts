import type { SampleResults } from "../../records/results.ts";
import { meanInterval, pairedT, type MeanInterval, type PairedT } from "../paired-t.ts";
import { SAMPLE_MEASURES, type SampleMeasure } from "./sample-summary.ts";

/** Samples of a run's final model at one temperature. */
export interface SampledRow {
  readonly variant: string;
  readonly seed: number;
  /** Steps and tokens trained. */
  readonly step: number;
  readonly trained: number;
  readonly temperature: number;
  readonly samples: SampleResults;
  /** Equal where the very same questions were asked. */
  readonly questions: string;
}

/** What is compared at equal entropy. */
export const AT_ENTROPY = ["right", "selfBleu"] as const satisfies readonly SampleMeasure[];
type Compared = (typeof AT_ENTROPY)[number];

/** Samples beside what the baseline's model of the same seed has at the same entropy. */
export interface MatchedRow extends SampledRow {
  readonly baseline: string;
  /** Whether the baseline has samples of this seed, to the same questions; false of the baseline itself. */
  readonly isPaired: boolean;
  /** Shares, 0 to 1; null where nothing is paired, and where the entropy is none between two of the baseline's temperatures. */
  readonly matched: Readonly<Record<Compared, number | null>>;
}

/** A measure at equal entropy, over the seeds that have it. */
interface MatchedStatistics {
  /** The baseline's. */
  readonly baseline: MeanInterval | null;
  /** Of the variant less that, paired over seeds; null without two pairs. */
  readonly difference: PairedT | null;
}

/** Samples of a variant's models at one temperature. */
export interface TemperatureSummary extends Omit<SampledRow, "seed" | "samples" | "questions"> {
  /** Over seeds; without an interval for a single one. Null where no run has it. */
  readonly means: Readonly<Record<SampleMeasure, MeanInterval | null>>;
  readonly baseline: string;
  /** Seeds paired with the baseline's, and those of them whose entropy the baseline has too. */
  readonly paired: number;
  readonly inRange: number;
  readonly matched: Readonly<Record<Compared, MatchedStatistics>>;
}

/** A model at one temperature: what it is at which entropy. */
interface Point {
  readonly entropyNats: number;
  readonly value: number;
}

/**
 * A measure at an entropy, linear between neighbouring temperatures.
 * @param points of one model, by temperature; where several pairs have the entropy between them, the coolest counts.
 * @returns null where none has: nothing is guessed beyond what was measured.
 */
export function atEntropy(points: readonly Point[], entropyNats: number): number | null {
  for (const [index, cool] of points.entries()) {
    if (cool.entropyNats === entropyNats) return cool.value;
    const warm = points[index + 1];
    if (warm === undefined) continue;
    const part = (entropyNats - cool.entropyNats) / (warm.entropyNats - cool.entropyNats);
    if (part > 0 && part < 1) return cool.value + part * (warm.value - cool.value);
  }
  return null;
}

/** Sets every model beside the baseline's of its seed at the entropy that it has itself. */
export function matchEntropy(
  rows: readonly SampledRow[],
  baselineOf: (variant: string) => string,
): MatchedRow[] {
  return rows.map((row) => {
    const baseline = baselineOf(row.variant);
    const others = rows
      .filter(({ variant, seed, questions }) => {
        const isOther = variant === baseline && variant !== row.variant;
        return isOther && seed === row.seed && questions === row.questions;
      })
      .toSorted((a, b) => a.temperature - b.temperature);
    const at = (measure: Compared): number | null =>
      atEntropy(
        others.map(({ samples }) => ({
          entropyNats: samples.entropyNats,
          value: SAMPLE_MEASURES[measure](samples),
        })),
        row.samples.entropyNats,
      );
    const matched = { right: at("right"), selfBleu: at("selfBleu") };
    return { ...row, baseline, isPaired: others.length > 0, matched };
  });
}

/** Means over seeds and differences at equal entropy, variant by variant in the order of the rows, by temperature. */
export function temperaturesOverSeeds(rows: readonly MatchedRow[], alpha = 0.05): TemperatureSummary[] {
  const keys = [...new Set(rows.map(({ variant }) => variant))].flatMap((variant) => {
    const own = rows.filter((row) => row.variant === variant);
    const temperatures = [...new Set(own.map(({ temperature }) => temperature))].sort((a, b) => a - b);
    return temperatures.map((at) => own.filter(({ temperature }) => temperature === at));
  });
  return keys.flatMap((own): TemperatureSummary[] => {
    const [first] = own;
    if (first === undefined) return [];
    const { variant, step, trained, temperature, baseline } = first;
    const means = Object.entries(SAMPLE_MEASURES).map(([name, measure]) => [
      name,
      meanInterval(
        own.flatMap(({ samples }) => measure(samples) ?? []),
        alpha,
      ),
    ]);
    return [
      {
        ...{ variant, step, trained, temperature, baseline },
        means: Object.fromEntries(means) as TemperatureSummary["means"],
        paired: own.filter(({ isPaired }) => isPaired).length,
        inRange: own.filter(({ matched }) => matched.right !== null).length,
        matched: {
          right: matchedOver(own, "right", alpha),
          selfBleu: matchedOver(own, "selfBleu", alpha),
        },
      },
    ];
  });
}

function matchedOver(own: readonly MatchedRow[], measure: Compared, alpha: number): MatchedStatistics {
  const pairs = own.flatMap(({ samples, matched }) => {
    const other = matched[measure];
    return other === null ? [] : [{ other, difference: SAMPLE_MEASURES[measure](samples) - other }];
  });
  return {
    baseline: meanInterval(
      pairs.map(({ other }) => other),
      alpha,
    ),
    difference: pairedT(
      pairs.map(({ difference }) => difference),
      alpha,
    ),
  };
}
