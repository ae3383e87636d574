import { summarise, type Summary, type SummaryRow } from "../analysis/summary.ts";
import type { ExperimentResults } from "../records/experiment.ts";
import { referenceOf, type PaperRow, type PaperTable } from "../papers/paper.ts";

/** What our runs say to one row of a paper's table. */
export interface RowAnswer {
  /** Statistics with the row's own reference as the baseline. */
  readonly summary: Summary;
  /** By validation loss. */
  readonly row: SummaryRow;
  /** The same row by training loss; undefined where the table has none. */
  readonly trainRow: SummaryRow | undefined;
  /** The reference's row; of a reference, itself. */
  readonly reference: SummaryRow | undefined;
}

/** Our half of a paper's table. */
export interface Answers {
  /** The experiment with its own baseline; null without stored results. */
  readonly whole: Summary | null;
  /** By the row's label; rows that no stored variant answers are absent. */
  readonly byLabel: ReadonlyMap<string, RowAnswer>;
}

/** Statistics for every row of a paper's table, each against the row that the paper compares it with. */
export function answersOf(table: PaperTable, results: ExperimentResults | null): Answers {
  const byLabel = new Map<string, RowAnswer>();
  if (results === null) return { whole: null, byLabel };
  const stored = new Set(results.record.experiment.variants.map((variant) => variant.name));
  const asksTraining = table.columns.some((column) => column.answer === "train_loss_nats");
  const summaries = new Map<string, { validation: Summary; train: Summary | null }>();
  const summariesOf = (baseline: string): { validation: Summary; train: Summary | null } => {
    const known = summaries.get(baseline);
    if (known !== undefined) return known;
    const made = {
      validation: summarise(results, { baseline, metric: "validation_loss_nats" }),
      train: asksTraining ? summarise(results, { baseline, metric: "train_loss_nats" }) : null,
    };
    summaries.set(baseline, made);
    return made;
  };
  for (const paperRow of table.rows) {
    const reference = baselineName(table, paperRow, stored);
    if (reference === null) continue;
    const { validation, train } = summariesOf(reference);
    const row = rowNamed(validation, paperRow.variant);
    if (row === undefined) continue;
    byLabel.set(paperRow.label, {
      summary: validation,
      row,
      trainRow: train === null ? undefined : rowNamed(train, paperRow.variant),
      reference: rowNamed(validation, reference),
    });
  }
  const whole = summariesOf(results.record.experiment.baseline).validation;
  return { whole, byLabel };
}

/** The stored variant that a row is compared with; without it (older results) a row is shown without a comparison. */
function baselineName(table: PaperTable, row: PaperRow, stored: ReadonlySet<string>): string | null {
  const { variant } = referenceOf(table, row);
  if (variant !== null && stored.has(variant)) return variant;
  return row.variant !== null && stored.has(row.variant) ? row.variant : null;
}

function rowNamed(summary: Summary, variant: string | null): SummaryRow | undefined {
  return summary.rows.find((row) => row.variant === variant);
}
