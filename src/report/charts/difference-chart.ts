import type { Summary, SummaryRow } from "../../analysis/summary.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { paddedRange } from "../draw/axis-range.ts";
import type { ChartSpec, Mark } from "../draw/chart-spec.ts";
import { dotPlot, extentOf } from "./dot-plot.ts";
import { signNotes, rowsOf } from "./dot-rows.ts";
import { baselineLabel, coverageWords, effectWords, hasIntervals, percent } from "./labels.ts";
import { COLUMN_WIDTH_PX, INK, MARGIN_COLOR, TEXT_PX } from "../draw/layout.ts";
import { fitText } from "../draw/text.ts";
import { pairedDifferences, type VariantValues } from "./seed-values.ts";

/** A longer name of the baseline is cut in the axis' title. */
const BASELINE_PX = 180;
/** Room for the word above the floor's line. */
const FLOOR_PX = 16;

/**
 * The forest plot: difference of every variant from the baseline, paired by seed, in percent of the baseline's loss, from the best
 * to the worst, with the verdict under its name, the equivalence margin as a band, and a line at the floor (frozen random
 * routing). This is the picture to judge by: what all variants share at a seed has gone.
 * @returns null without a pair of finished runs.
 */
export function differenceChart(results: ExperimentResults, summary: Summary): ChartSpec | null {
  const values = pairedDifferences(summary, 100);
  if (values.length === 0) return null;
  const margin = summary.margin * 100;
  const baseline = baselineLabel(results, summary);
  const floors = values.filter(({ row }) => row.role === "floor");
  const [floor] = floors.length === 1 ? floors : [];
  const pairs = new Set(values.map(({ seeds }) => seeds.length));
  const level = coverageWords(summary);
  const isInterval = hasIntervals(summary);
  const { height, config, marks } = dotPlot({
    rows: rowsOf(results, values, (row) => rowWords(row, pairs.size === 1)),
    title: `${summary.metric.label}, difference from ${fitText(baseline, TEXT_PX.axis, BASELINE_PX)} (%)`,
    range: paddedRange([...extentOf(values), -margin, margin], 0.05),
    format: { signDisplay: "exceptZero" },
    notes: [
      `left of zero: better; grey: within the margin of ±${percent(summary.margin)}`,
      isInterval
        ? `bars: ${level} intervals${pairs.size === 1 ? ` over ${pairsWords([...pairs][0] ?? 0)}` : ""}${looksWords(summary)}`
        : `${pairsWords(1)} each: no intervals, and no verdicts${looksWords(summary)}`,
      ...signNotes(values.map(({ row }) => row)),
    ],
    top: floor === undefined ? 0 : FLOOR_PX,
  });
  return {
    name: "difference",
    caption:
      `Difference from ${baseline} at the same seed, as a share of its loss; left of zero is better. ` +
      (isInterval
        ? `Large points and bars: mean and ${level} t-interval (of each variant alone; verdicts are corrected for their number); small points: pairs of runs; `
        : "One pair of runs each, so there are no intervals; ") +
      `grey band: the equivalence margin of ±${percent(summary.margin)}` +
      (floor === undefined ? "." : `; dashed: the floor, ${floor.row.label}.`),
    width: COLUMN_WIDTH_PX,
    height,
    config,
    marks: [
      { kind: "band", scale: "x", from: -margin, to: margin, color: MARGIN_COLOR },
      ...(floor === undefined ? [] : floorMarks(floor)),
      { kind: "line", scale: "x", value: 0, color: INK.text, dash: [], width: 1.25, place: "behind" },
      ...marks,
    ],
  };
}

/** `worse, +1.14 ±0.81 %`; the number of pairs where variants differ in it; no verdict with one pair. */
function rowWords(row: SummaryRow, isPairsKnown: boolean): string {
  const { comparison } = row;
  const pairs = isPairsKnown ? null : pairsWords(comparison?.pairs.length ?? 0);
  return [comparison?.verdict, effectWords(row), pairs]
    .filter((part) => part != null && part !== "")
    .join(", ");
}

/** Intervals are wider where looks at growing data share the false-positive rate. */
function looksWords({ looks }: Summary): string {
  return looks.planned > 1 ? `, look ${looks.taken} of ${Math.max(looks.taken, looks.planned)}` : "";
}

function pairsWords(pairs: number): string {
  // Not broken between number and unit.
  return `${pairs}\u00a0${pairs === 1 ? "pair" : "pairs"}`;
}

function floorMarks({ mean }: VariantValues): readonly Mark[] {
  return [
    { kind: "line", scale: "x", value: mean, color: INK.quiet, dash: [5, 3], width: 1.25, place: "behind" },
    {
      kind: "text",
      text: "floor",
      x: { value: mean },
      y: { edge: "area-start", offset: -9 },
      color: INK.quiet,
      size: TEXT_PX.note,
      bold: false,
      align: "center",
    },
  ];
}
