import type { SummaryRow } from "../../analysis/summary.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { marksOf } from "../../tables/words.ts";
import type { DotRow } from "./dot-plot.ts";
import { variantStyles } from "../draw/palette.ts";
import type { VariantValues } from "./seed-values.ts";

/** What the tables' footnote signs say in a picture. */
const SIGN_NOTES: Readonly<Record<string, string>> = {
  "†": "sees future tokens: not a language-model loss",
  "◊": "told the right label: a bound, no language model",
  "‡": "parameters or FLOPs not those of the baseline",
  "§": "not trained on the same text or number of tokens",
  "≡": "the baseline again, bit for bit: nothing to compare",
  "¶": "pairs not computed by the same engine",
};

/**
 * The rows of a dot plot, in the order of the values.
 * @param below what stands under a variant's name.
 */
export function rowsOf(
  results: ExperimentResults,
  values: readonly VariantValues[],
  below: (row: SummaryRow) => string,
): readonly DotRow[] {
  const styles = variantStyles(results.record.experiment.variants);
  return values.flatMap((value) => {
    const { row } = value;
    const style = styles.get(row.variant);
    if (style === undefined) return [];
    return [{ name: signedLabel(row), below: below(row), style, causal: row.causal, values: value }];
  });
}

/** The label of a variant with its footnote signs behind. */
export function signedLabel(row: SummaryRow): string {
  const signs = marksOf(row);
  return signs === "" ? row.label : `${row.label} ${signs}`;
}

/** One line for each sign that the rows use. */
export function signNotes(rows: readonly SummaryRow[]): readonly string[] {
  const used = rows.map(marksOf).join("");
  return Object.entries(SIGN_NOTES)
    .filter(([sign]) => used.includes(sign))
    .map(([sign, note]) => `${sign} ${note}`);
}
