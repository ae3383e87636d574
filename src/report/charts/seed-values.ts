import type { Summary, SummaryRow } from "../../analysis/summary.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { byEffect } from "./by-effect.ts";

/** Values of one variant: a number per seed, their mean, and the ends of its t-interval (null with one seed). */
export interface VariantValues {
  readonly row: SummaryRow;
  readonly seeds: readonly { readonly seed: number; readonly value: number }[];
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** The compared metric of every variant with a result, in its own unit and the experiment's order. */
export function finalValues(results: ExperimentResults, summary: Summary): readonly VariantValues[] {
  return summary.rows.flatMap((row) => {
    if (row.metric === null) return [];
    const { mean, low, high } = row.metric;
    const seeds = results.runs.flatMap((run) => {
      const value = run.variant === row.variant && run.results ? summary.metric.value(run.results) : null;
      return value === null ? [] : [{ seed: run.seed, value }];
    });
    return [{ row, seeds, mean, low, high }];
  });
}

/**
 * Differences from the baseline, paired by seed, as shares of the baseline's mean over the pairs, of every variant that has a
 * pair, from the best to the worst.
 * @param unit times the share: 100 gives percent.
 */
export function pairedDifferences(summary: Summary, unit: number): readonly VariantValues[] {
  return byEffect(summary.rows).flatMap((row) => {
    if (row.comparison === null) return [];
    const { pairs, scale, relative } = row.comparison;
    const scaled = (share: number | null): number | null => (share === null ? null : share * unit);
    const seeds = pairs.map(({ seed, variant, baseline }) => ({
      seed,
      value: ((variant - baseline) / scale) * unit,
    }));
    const { mean, low, high } = relative;
    return [{ row, seeds, mean: mean * unit, low: scaled(low), high: scaled(high) }];
  });
}
