import { tokensTrained } from "../../analysis/marks.ts";
import { summarise, type SummaryRow } from "../../analysis/summary.ts";
import { readWritten, type PaperTable } from "../../papers/paper.ts";
import { lossCurves, type Curve, type LossKind } from "../charts/curves.ts";
import type { Answered } from "./figure-entry.ts";
import { variantStyles, type VariantStyle } from "../draw/palette.ts";
import type { PaperFigure } from "./paper-figures.ts";

/** One series of a paper's figure with what ours and the paper say of one of its losses. */
export interface PaperSeries {
  readonly legend: string;
  readonly style: VariantStyle;
  /** Statistics against the paper's reference. */
  readonly row: SummaryRow;
  readonly curve: Curve;
  /** At the end of our curve. */
  readonly last: number;
  /** The paper's end point as it has it, and its value; null where it has none. */
  readonly paper: { readonly text: string; readonly value: number } | null;
}

/** One loss of a paper's figure. */
export interface PaperPanel {
  readonly kind: LossKind;
  readonly series: readonly PaperSeries[];
  /** The series that others are compared with. */
  readonly reference: PaperSeries;
}

const METRICS = { training: "train_loss_nats", validation: "validation_loss_nats" } as const;

/**
 * Of the results of the table's experiment, else of others that hold the same variants, those with a finished run of every
 * series; the longest training.
 * @returns null without any.
 */
export function chosenAnswer(figure: PaperFigure, answered: readonly Answered[]): Answered | null {
  const whole = answered.filter(
    ({ results, summary }) =>
      [figure.table.experiment, ...(figure.also ?? [])].includes(results.record.experiment.name) &&
      figure.series.every(({ variant }) =>
        summary.rows.some((row) => row.variant === variant && row.seedsFinished > 0),
      ),
  );
  const isOther = ({ results }: Answered): number =>
    results.record.experiment.name === figure.table.experiment ? 0 : 1;
  const tokens = ({ summary }: Answered): number => tokensTrained(summary.settings);
  return whole.toSorted((a, b) => isOther(a) - isOther(b) || tokens(b) - tokens(a))[0] ?? null;
}

/**
 * A loss of the figure's series, ours and the paper's.
 * @returns null where a series has no curve.
 */
export function panelOf(figure: PaperFigure, { results }: Answered, kind: LossKind): PaperPanel | null {
  const { table } = figure;
  const reference = table.rows.find(({ label }) => label === table.reference)?.variant;
  if (reference == null) throw new Error(`the reference of table ${table.name} is no row with a variant`);
  const { rows } = summarise(results, { baseline: reference, metric: METRICS[kind] });
  const curves = lossCurves(results, kind);
  const styles = variantStyles(results.record.experiment.variants);
  const series = figure.series.flatMap(({ legend, variant }): PaperSeries[] => {
    const row = rows.find((candidate) => candidate.variant === variant);
    const curve = curves.find((candidate) => candidate.variant === variant);
    const style = styles.get(variant);
    const last = curve?.points.at(-1)?.mean;
    if (row === undefined || curve === undefined || style === undefined || last === undefined) return [];
    return [{ legend, style, row, curve, last, paper: paperEnd(table, variant, kind) }];
  });
  const first = series.find(({ row }) => row.variant === reference);
  return first === undefined || series.length < figure.series.length
    ? null
    : { kind, series, reference: first };
}

/**
 * Where the paper's relative difference puts a series, given our end of its reference; null without both numbers, and for a
 * single series, which differs from nothing.
 */
export function paperPlace({ reference, series }: PaperPanel, { paper }: PaperSeries): number | null {
  if (paper === null || reference.paper === null || series.length < 2) return null;
  return reference.last * (paper.value / reference.paper.value);
}

function paperEnd(table: PaperTable, variant: string, kind: LossKind): PaperSeries["paper"] {
  const column = table.columns.find(({ answer }) => answer === METRICS[kind]);
  const text = table.rows.find((row) => row.variant === variant)?.paper[column?.id ?? ""];
  if (text === undefined) return null;
  const { value } = readWritten(text);
  return value === null ? null : { text, value };
}
