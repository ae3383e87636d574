import type { Comparison } from "./comparison.ts";
import type { Summary, SummaryRow } from "./summary.ts";

/** How sharp an experiment is. */
export interface Sensitivity {
  /** Controls against the baseline: "absent" when the experiment has none, "unfinished" without a finished pair. */
  readonly dense: Comparison | "absent" | "unfinished";
  readonly floor: Comparison | "absent" | "unfinished";
  /**
   * Smallest and largest over the compared variants (controls aside, where there are others) of the effect that would have
   * been found with 80 % power, as shares of the baseline's mean; null while no variant has two pairs.
   */
  readonly smallestEffectShare: { readonly least: number; readonly most: number } | null;
}

/** The sensitivity of an experiment, from its summary. */
export function sensitivityOf(summary: Summary): Sensitivity {
  const control = (role: SummaryRow["role"]): Comparison | "absent" | "unfinished" => {
    const row = summary.rows.find((candidate) => candidate.role === role);
    return row === undefined ? "absent" : (row.comparison ?? "unfinished");
  };
  const effects = (rows: readonly SummaryRow[]): number[] =>
    rows.flatMap((row) => row.comparison?.smallestEffectShare ?? []);
  const variants = effects(summary.rows.filter((row) => row.role === "variant"));
  const used = variants.length > 0 ? variants : effects(summary.rows);
  return {
    dense: control("dense"),
    floor: control("floor"),
    smallestEffectShare: used.length === 0 ? null : { least: Math.min(...used), most: Math.max(...used) },
  };
}
