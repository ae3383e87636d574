import { tokensTrained } from "../../analysis/marks.ts";
import type { SummaryRow } from "../../analysis/summary.ts";
import type { Settings } from "../../config/settings.ts";
import type { Answered } from "./figure-entry.ts";

/** How much learned routing matters in one training: the floor's loss minus the baseline's, in percent of the baseline's. */
export interface SensitivityPoint {
  readonly experiment: string;
  /** Of the baseline. */
  readonly settings: Settings;
  readonly tokens: number;
  readonly mean: number;
  /** Ends of the interval; null with one pair. */
  readonly low: number | null;
  readonly high: number | null;
  readonly level: number;
  readonly pairs: number;
}

/**
 * Every floor of the experiments against its baseline, fewer experts and shorter trainings first; in a grid each combination has
 * one. Experiments that share these runs count once.
 */
export function sensitivityPoints(answered: readonly Answered[]): readonly SensitivityPoint[] {
  const seen = new Set<string>();
  const points = answered.flatMap((answer) =>
    answer.summary.rows.flatMap((row): SensitivityPoint[] => {
      if (row.role !== "floor" || row.comparison === null || row.comparedWith === null) return [];
      const key = runIds(answer, row);
      if (seen.has(key)) return [];
      seen.add(key);
      const { experiment } = answer.results.record;
      const baseline = experiment.variants.find(({ name }) => name === row.comparedWith);
      if (baseline === undefined) return [];
      const { relative, level, pairs } = row.comparison;
      const percent = (share: number | null): number | null => (share === null ? null : share * 100);
      return [
        {
          experiment: experiment.tier === "" ? experiment.name : `${experiment.name} (${experiment.tier})`,
          settings: baseline.settings,
          tokens: tokensTrained(baseline.settings),
          mean: relative.mean * 100,
          low: percent(relative.low),
          high: percent(relative.high),
          level,
          pairs: pairs.length,
        },
      ];
    }),
  );
  return points.toSorted(
    (a, b) => a.settings.model.experts - b.settings.model.experts || a.tokens - b.tokens,
  );
}

/** The runs that a floor's comparison is made from. */
function runIds({ results }: Answered, { variant, comparedWith }: SummaryRow): string {
  return results.runs
    .filter((run) => run.results !== null && (run.variant === variant || run.variant === comparedWith))
    .map(({ runId }) => runId)
    .sort()
    .join(" ");
}
