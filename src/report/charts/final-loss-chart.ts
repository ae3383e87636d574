import type { Summary } from "../../analysis/summary.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { paddedRange } from "../draw/axis-range.ts";
import type { ChartSpec } from "../draw/chart-spec.ts";
import { dotPlot, extentOf } from "./dot-plot.ts";
import { signNotes, rowsOf } from "./dot-rows.ts";
import { coverageWords } from "./labels.ts";
import { COLUMN_WIDTH_PX, INK } from "../draw/layout.ts";
import { finalValues } from "./seed-values.ts";

/**
 * Final loss of every variant: mean, t-interval over seeds, the seeds themselves, and a line at the baseline's mean.
 * @returns null when no run has finished.
 */
export function finalLossChart(results: ExperimentResults, summary: Summary): ChartSpec | null {
  const values = finalValues(results, summary);
  if (values.length === 0) return null;
  const baseline = values.find(({ row }) => row.variant === summary.baseline);
  const { height, config, marks } = dotPlot({
    rows: rowsOf(results, values, () => ""),
    title: `${summary.metric.label} (${summary.metric.unit})`,
    range: paddedRange(extentOf(values), 0.05),
    format: { minimumFractionDigits: 0, maximumFractionDigits: 6 },
    notes: signNotes(values.map(({ row }) => row)),
    top: 0,
  });
  return {
    name: "final-loss",
    caption:
      (values.some(({ low }) => low !== null)
        ? `Final loss. Large points and bars: mean and ${coverageWords(summary)} t-interval over seeds; small points: seeds`
        : "Final loss of one seed, so there are no intervals") +
      "; dashed line: the baseline's mean. These intervals include what all variants share at a seed; the difference from the baseline is the fairer picture.",
    width: COLUMN_WIDTH_PX,
    height,
    config,
    marks: [
      ...(baseline === undefined
        ? []
        : [
            {
              kind: "line",
              scale: "x",
              value: baseline.mean,
              color: INK.quiet,
              dash: [5, 3],
              width: 1.25,
              place: "behind",
            } as const,
          ]),
      ...marks,
    ],
  };
}
