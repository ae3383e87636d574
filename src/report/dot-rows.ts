import type { Mark as Caution } from "../analysis/marks.ts";
import type { SummaryRow } from "../analysis/summary.ts";
import type { ExperimentResults } from "../store/records.ts";
import type { DotRow } from "./dot-plot.ts";
import { variantStyles } from "./palette.ts";
import type { VariantValues } from "./seed-values.ts";

/** Signs behind the names of rows that must be read with care, and what they say below the axis. */
const CAUTIONS: Readonly<Record<Caution["kind"], { readonly sign: string; readonly note: string }>> = {
  "non-causal": { sign: "†", note: "sees future tokens: not a language-model loss" },
  "unequal-compute": { sign: "‡", note: "parameters or FLOPs not those of the baseline" },
  "unequal-data": { sign: "§", note: "other text than the baseline" },
  "unequal-training": { sign: "¶", note: "other number of training tokens than the baseline" },
  provenance: { sign: "#", note: "not all computed by the same engine" },
};

/** The rows of a dot plot, in the order of the values. */
export function rowsOf(results: ExperimentResults, values: readonly VariantValues[]): readonly DotRow[] {
  const styles = variantStyles(results.record.experiment.variants);
  return values.flatMap((value) => {
    const { row } = value;
    const style = styles.get(row.variant);
    return style === undefined ? [] : [{ name: signedLabel(row), style, causal: row.causal, values: value }];
  });
}

/** The label of a variant with its signs behind. */
export function signedLabel({ label, marks }: SummaryRow): string {
  const signs = marks.map(({ kind }) => CAUTIONS[kind].sign).join("");
  return signs === "" ? label : `${label} ${signs}`;
}

/** One line for each sign that the rows use. */
export function cautionNotes(rows: readonly SummaryRow[]): readonly string[] {
  const used = new Set<string>(rows.flatMap(({ marks }) => marks.map(({ kind }) => kind)));
  return Object.entries(CAUTIONS)
    .filter(([kind]) => used.has(kind))
    .map(([, { sign, note }]) => `${sign} ${note}`);
}
