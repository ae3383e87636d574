import type { Summary } from "../analysis/summary.ts";
import type { ExperimentResults } from "../store/records.ts";
import { paddedRange } from "./axis-range.ts";
import type { ChartSpec } from "./chart-spec.ts";
import { dotPlot, extentOf } from "./dot-plot.ts";
import { signNotes, rowsOf } from "./dot-rows.ts";
import { labelOf, percent } from "./labels.ts";
import { COLUMN_WIDTH_PX, INK, MARGIN_COLOR } from "./layout.ts";
import { pairedDifferences } from "./seed-values.ts";

/**
 * Difference of every variant from the baseline, paired by seed, in percent of the baseline's loss, with the equivalence margin
 * as a band. This is the picture to judge by: what all variants share at a seed has gone.
 * @returns null without a pair of finished runs.
 */
export function differenceChart(results: ExperimentResults, summary: Summary): ChartSpec | null {
  const values = pairedDifferences(summary, 100);
  if (values.length === 0) return null;
  const margin = summary.margin * 100;
  const baseline = labelOf(results, summary.baseline);
  const { height, config, notes } = dotPlot({
    rows: rowsOf(results, values),
    title: `${summary.metric.label}, difference from ${baseline} (%)`,
    range: paddedRange([...extentOf(values), -margin, margin], 0.05),
    format: { signDisplay: "exceptZero" },
    notes: [
      `left of zero: better; grey: within the margin of ±${percent(summary.margin)}`,
      ...signNotes(values.map(({ row }) => row)),
    ],
  });
  return {
    name: "difference",
    caption:
      `Difference from ${baseline} at the same seed, as a share of its loss; left of zero is better. Large points and bars: mean and ` +
      "95 % t-interval (of each variant alone; verdicts in the table are corrected for their number); small points: pairs of runs; " +
      `grey band: the equivalence margin of ±${percent(summary.margin)}.`,
    width: COLUMN_WIDTH_PX,
    height,
    config,
    marks: [
      { kind: "band", scale: "x", from: -margin, to: margin, color: MARGIN_COLOR },
      { kind: "line", scale: "x", value: 0, color: INK.text, dash: [], width: 1.25, place: "behind" },
      ...notes,
    ],
  };
}
