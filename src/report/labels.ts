import type { ExperimentResults } from "../store/records.ts";

/** How a variant is called in pictures; its name when the experiment no longer has it. */
export function labelOf(results: ExperimentResults, name: string): string {
  return results.record.experiment.variants.find((variant) => variant.name === name)?.label ?? name;
}

/** A share as percent with at most two decimals: 0.003 is "0.3 %". */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
