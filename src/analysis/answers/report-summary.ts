import type { FinalResults } from "../../records/results.ts";
import { meanInterval, pairedT, type MeanInterval, type PairedT } from "../paired-t.ts";

/** A number that an objective reports on validation, over seeds, in its own unit. */
interface ReportStatistics {
  /** Without an interval for a single seed. */
  readonly mean: MeanInterval;
  /** Against the baseline at the same seed; null without two pairs, and where the baseline's objective does not report it. */
  readonly difference: PairedT | null;
}

/** What a variant's objective reports, by name; empty where it reports nothing. */
export type ReportSummary = Readonly<Record<string, ReportStatistics>>;

/**
 * Reported numbers of a variant's runs.
 * @param own results of its finished runs.
 * @param pairs with the baseline's at the same seed.
 * @param alpha one minus the coverage of intervals.
 */
export function summariseReports(
  own: readonly FinalResults[],
  pairs: readonly (readonly [FinalResults, FinalResults])[],
  alpha: number,
): ReportSummary {
  const names = [...new Set(own.flatMap(({ objective }) => Object.keys(objective ?? {})))];
  const entries = names.flatMap((name): [string, ReportStatistics][] => {
    const mean = meanInterval(
      own.flatMap(({ objective }) => objective?.[name] ?? []),
      alpha,
    );
    const differences = pairs.flatMap(([variant, baseline]) => {
      const [one, other] = [variant.objective?.[name], baseline.objective?.[name]];
      return one === undefined || other === undefined ? [] : [one - other];
    });
    return mean === null ? [] : [[name, { mean, difference: pairedT(differences, alpha) }]];
  });
  return Object.fromEntries(entries);
}
