import {
  agreementOf,
  scoreOf,
  sizeOf,
  type Agreement,
  type CalibrationScore,
  type Published,
  type SizeWord,
} from "../../analysis/calibration.ts";
import { summarise, type Summary, type SummaryInput, type SummaryRow } from "../../analysis/summary.ts";
import { CONTRASTS } from "../../papers/calibration/registry.ts";
import { publishedRange, type Contrast } from "../../papers/contrast.ts";

/** The experiment that measures the contrasts; in the regime of another file it is called `calibration-of-<name>`. */
export const CALIBRATION = "calibration";

/** Seeds of each variant, as its file asks for them. */
export const CALIBRATION_SEEDS = 8;

/** Runs of a whole calibration. */
export const CALIBRATION_RUNS =
  CALIBRATION_SEEDS * new Set(CONTRASTS.flatMap(({ variant, against }) => [variant, against])).size;

/** Whether results are a calibration, of the shipped regime or of another. */
export function isCalibration(experiment: string): boolean {
  return experiment === CALIBRATION || experiment.startsWith(`${CALIBRATION}-of-`);
}

/** One contrast, published and measured. */
export interface ContrastAnswer {
  readonly contrast: Contrast;
  /** Published effects, as shares. */
  readonly published: Published;
  /** Against the contrast's own reference; undefined where this calibration has no such variant. */
  readonly row: SummaryRow | undefined;
  /** Null where it is not scored. */
  readonly agreement: Agreement | null;
  readonly size: SizeWord | null;
}

/** A regime against what is published. */
export interface CalibrationAnswer {
  readonly contrasts: readonly ContrastAnswer[];
  readonly score: CalibrationScore;
  /** The calibration with its own baseline; null without results. */
  readonly summary: Summary | null;
}

/**
 * Reads a calibration: each contrast against its own reference, paired by seed. A contrast whose variants this regime can't have is no gate of it.
 * @param results null: nothing is measured yet.
 */
export function calibrationAnswer(results: SummaryInput | null): CalibrationAnswer {
  const summaries = new Map<string, Summary>();
  const names = new Set(results?.record.experiment.variants.map(({ name }) => name));
  const rowOf = ({ variant, against }: Contrast): SummaryRow | undefined => {
    if (results === null || !names.has(variant) || !names.has(against)) return undefined;
    const summary = summaries.get(against) ?? summarise(results, { baseline: against });
    summaries.set(against, summary);
    return summary.rows.find((row) => row.variant === variant);
  };
  const margin = results?.record.experiment.margin ?? 0;
  const contrasts = CONTRASTS.map((contrast): ContrastAnswer => {
    const { least, most } = publishedRange(contrast);
    const published = { gate: contrast.gate, least: least / 100, most: most / 100 };
    const row = rowOf(contrast);
    const ours = row?.comparison?.relative ?? null;
    const agreement = row === undefined ? null : agreementOf(published, ours, margin);
    return { contrast, published, row, agreement, size: sizeOf(published, ours) };
  });
  return {
    contrasts,
    score: scoreOf(contrasts.map(({ agreement }) => agreement)),
    summary: results && summarise(results),
  };
}
