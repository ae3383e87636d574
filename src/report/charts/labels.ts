import type { Summary, SummaryRow } from "../../analysis/summary.ts";
import type { ExperimentResults } from "../../records/experiment.ts";

/** How a variant is called in pictures; its name when the experiment no longer has it. */
export function labelOf(results: ExperimentResults, name: string): string {
  return results.record.experiment.variants.find((variant) => variant.name === name)?.label ?? name;
}

/** How the baseline is called; in a grid, where each combination has its own, without the grid's values. */
export function baselineLabel(results: ExperimentResults, { baseline, rows }: Summary): string {
  const label = labelOf(results, baseline);
  const baselines = new Set(rows.flatMap(({ comparedWith }) => comparedWith ?? []));
  const cell = baseline.indexOf(", ");
  if (baselines.size < 2 || cell === -1) return label;
  const values = baseline.slice(cell);
  return label.endsWith(values) ? label.slice(0, -values.length) : label;
}

/** A share as percent with at most two decimals: 0.003 is "0.3 %". */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

/**
 * The difference of a variant from its baseline in percent with half its interval, and whether it is a control: `+1.14 ±0.81 %`,
 * `+1.75 ±0.34 %, floor`; empty without a pair, or beside a baseline of nothing.
 */
export function effectWords({ comparison, role }: Pick<SummaryRow, "comparison" | "role">): string {
  if (comparison === null) return "";
  if (comparison.scale === 0) return "";
  const { mean, low, high } = comparison.relative;
  const size = `${mean > 0 ? "+" : ""}${(mean * 100).toFixed(2)}`;
  const half = low === null || high === null ? "" : ` ±${((high - low) * 50).toFixed(2)}`;
  return `${size}${half} %${role === "floor" ? ", floor" : ""}`;
}

/** Coverage of the intervals of an experiment: `95 %`; where looks at growing data differ, from the least to the most. */
export function coverageWords({ rows, alpha }: Summary): string {
  const levels = rows.flatMap(({ comparison }) => comparison?.level ?? []);
  const known = levels.length === 0 ? [alpha] : levels;
  const [least, most] = [percent(1 - Math.max(...known)), percent(1 - Math.min(...known))];
  return least === most ? least : `${least} to ${most}`;
}

/** Whether there is an interval of any difference: there is none over one pair. */
export function hasIntervals({ rows }: Pick<Summary, "rows">): boolean {
  return rows.some(({ comparison }) => comparison?.relative.low != null);
}
