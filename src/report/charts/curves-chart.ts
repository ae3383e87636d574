import type { Summary } from "../../analysis/summary.ts";
import { lossUnits } from "../../config/stages/loss-units.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { paddedRange, type Range } from "../draw/axis-range.ts";
import type { ChartSpec, Dataset, Mark } from "../draw/chart-spec.ts";
import { clipOutline } from "../draw/clip.ts";
import { legendOf, tagOf, type Line } from "../draw/curve-legend.ts";
import { differenceCurves, hasLaterStage, lossCurves, type Curve } from "./curves.ts";
import { signNotes, signedLabel } from "./dot-rows.ts";
import { baselineLabel, coverageWords, hasIntervals } from "./labels.ts";
import { baseOptions, COLUMN_WIDTH_PX, INK, linearAxis, MARGIN_COLOR, TEXT_PX } from "../draw/layout.ts";
import { fitText } from "../draw/text.ts";
import { translucent, variantStyles } from "../draw/palette.ts";

/** Curves start at ln V; the picture begins at this share of training, so that the differences at its end can be seen. */
const SHOWN_FROM = 0.2;
const LOSS_PANEL_PX = 230;
const DIFFERENCE_PANEL_PX = 260;
/** A longer name of the baseline is cut in the axis' title. */
const BASELINE_PX = 140;
const TAGS_PX = 38;
/** More bands than this hide each other. */
const MOST_BANDS = 5;
/** Of a letter at the end of a curve: the panel is high enough for all of them. */
const TAG_ROW_PX = 15;
/** Points of a curve without a marker between two with one. */
const MARKER_EVERY = 8;

/**
 * Two panels over training tokens: above the validation loss, mean over seeds in a band from the lowest to the highest; below its
 * difference from the baseline, paired by seed, in its interval, because the differences are smaller than what all variants
 * share. More than five variants have no bands here; each has a panel in the picture of the effect. Lines carry a letter at their
 * end; the legend lists them from the best to the worst. Without a second variant there is the upper panel alone.
 * @returns null without a curve.
 */
export function curvesChart(results: ExperimentResults, summary: Summary): ChartSpec | null {
  const losses = [...lossCurves(results, "validation")].sort((a, b) => lastMean(a) - lastMean(b));
  if (losses.length === 0) return null;
  const lines = linesOf(results, summary, losses);
  const shown = tokenRange(losses);
  const differences = differenceCurves(results, summary);
  const inPercent = summary.margin * 100;
  const two = differences.length > 0;
  const hasBands = losses.length <= MOST_BANDS;
  const lossRange = shownRange(losses, shown, hasBands ? "ends" : "means", { room: 0.04, also: [] });
  const differenceRange = shownRange(differences, shown, hasBands ? "ends" : "means", {
    room: 0.06,
    also: [-inPercent, inPercent],
  });
  const forTags = lines.length * TAG_ROW_PX;
  const heights = {
    loss: two ? LOSS_PANEL_PX : Math.max(LOSS_PANEL_PX, forTags),
    difference: two ? Math.max(DIFFERENCE_PANEL_PX, forTags) : 0,
  };
  const legend = legendOf(lines, signNotes(summary.rows));
  const upper = panel(lines, losses, "y", hasBands ? lossRange : null);
  const lower = two ? panel(lines, differences, "difference", hasBands ? differenceRange : null) : [];
  const baseline = lines.find(({ variant }) => variant === summary.baseline);
  return {
    name: "curves",
    caption:
      captionOf(summary, two ? baselineLabel(results, summary) : null, hasBands) +
      (hasLaterStage(results) ? " Runs of a later stage stand behind the tokens of the one before." : ""),
    width: COLUMN_WIDTH_PX,
    height: heights.loss + heights.difference + 60 + legend.height,
    config: {
      type: "line",
      data: { datasets: [...upper, ...lower] },
      options: baseOptions(
        { top: 8, right: TAGS_PX, bottom: legend.height + 6, left: 2 },
        {
          x: tokensAxis(shown),
          // chart.js stacks from the bottom.
          ...(two
            ? {
                difference: differenceAxis(
                  baselineLabel(results, summary),
                  differenceRange,
                  heights.difference,
                ),
              }
            : {}),
          y: lossAxis(lossUnits(summary.settings).nats, lossRange, heights.loss),
        },
      ),
    },
    marks: [
      ...(two ? differenceMarks(inPercent, differenceRange.max, baseline) : []),
      tagsOf(lines, two ? differences : losses, two ? baselinesOf(summary) : new Set()),
      ...legend.marks,
    ],
  };
}

/** @param baseline the label of what the lower panel is against; null where there is none. */
function captionOf(summary: Summary, baseline: string | null, hasBands: boolean): string {
  const upper =
    `Validation loss during training, from ${SHOWN_FROM * 100} % of it: mean over seeds` +
    (hasBands ? ", in a band from the lowest seed to the highest." : ".");
  if (baseline === null) return upper;
  const interval = hasBands && hasIntervals(summary) ? `, with its ${coverageWords(summary)} t-interval` : "";
  return `${upper} Below: difference from ${baseline} at the same seed and step${interval}; grey: the equivalence margin.`;
}

function tokensAxis(shown: Range): ReturnType<typeof linearAxis> {
  return linearAxis({
    axis: "x",
    title: "training tokens",
    ...shown,
    format: { notation: "compact", maximumFractionDigits: 1 },
    stackWeight: null,
  });
}

function lossAxis(unit: string, range: Range, stackWeight: number): ReturnType<typeof linearAxis> {
  return linearAxis({
    axis: "y",
    title: `loss (${unit})`,
    ...range,
    format: { minimumFractionDigits: 0, maximumFractionDigits: 6 },
    stackWeight,
  });
}

function differenceAxis(baseline: string, range: Range, stackWeight: number): ReturnType<typeof linearAxis> {
  return linearAxis({
    axis: "y",
    title: `against ${fitText(baseline, TEXT_PX.axis, BASELINE_PX)} (%)`,
    ...range,
    format: { signDisplay: "exceptZero" },
    stackWeight,
  });
}

function linesOf(results: ExperimentResults, summary: Summary, curves: readonly Curve[]): readonly Line[] {
  const styles = variantStyles(results.record.experiment.variants);
  return curves.flatMap(({ variant }, index) => {
    const style = styles.get(variant);
    const row = summary.rows.find((candidate) => candidate.variant === variant);
    if (style === undefined || row === undefined) return [];
    const width = row.role === "baseline" ? 2.75 : 2;
    return [{ variant, label: signedLabel(row), style, width, tag: tagOf(index) }];
  });
}

function lastMean(curve: Curve): number {
  return curve.points.at(-1)?.mean ?? NaN;
}

function tokenRange(curves: readonly Curve[]): Range {
  const last = Math.max(...curves.map(({ points }) => points.at(-1)?.tokens ?? 0));
  const first = Math.min(...curves.map(({ points }) => points[0]?.tokens ?? 0));
  // One evaluation has no width of its own.
  return first < last
    ? { min: Math.max(first, last * SHOWN_FROM), max: last }
    : { min: 0, max: Math.max(last, 1) };
}

/**
 * Holds every mean that is shown, the ends of bands where there are any, and `also`.
 * @param of `ends`: bands are drawn.
 */
function shownRange(
  curves: readonly Curve[],
  shown: Range,
  of: "means" | "ends",
  { room, also }: { readonly room: number; readonly also: readonly number[] },
): Range {
  const values = curves.flatMap(({ points }) => [
    ...points.filter(({ tokens }) => tokens >= shown.min).map(({ mean }) => mean),
    ...(of === "ends" ? [points.at(-1)?.low ?? NaN, points.at(-1)?.high ?? NaN] : []),
  ]);
  return paddedRange([...values, ...also], room);
}

/**
 * Bands last, so that no band covers a line: chart.js draws the first data set on top.
 * @param bands where bands end; null for none.
 */
function panel(
  lines: readonly Line[],
  curves: readonly Curve[],
  scale: string,
  bands: Range | null,
): readonly Dataset[] {
  const drawn = lines.flatMap((line) => {
    const curve = curves.find(({ variant }) => variant === line.variant);
    return curve === undefined ? [] : [{ line, points: curve.points }];
  });
  return [
    ...drawn.map(({ line, points }, index) => ({
      ...lineOf(line, points, scale),
      ...markersOf(line, points, index),
    })),
    ...(bands === null ? [] : drawn.map(({ line, points }) => bandOf(line, points, scale, bands))),
  ];
}

/**
 * A closed outline, forth along the upper ends and back along the lower ones: one data set a band. It ends where the panel ends:
 * chart.js would fill into the panel above.
 */
function bandOf({ label, style }: Line, points: Curve["points"], scale: string, range: Range): Dataset {
  const outline = [
    ...points.map(({ tokens, high }) => ({ x: tokens, y: high })),
    ...[...points].reverse().map(({ tokens, low }) => ({ x: tokens, y: low })),
  ];
  return {
    type: "line",
    label: `${label}: band`,
    yAxisID: scale,
    data: clipOutline(outline, range).map(({ x, y }) => ({ x, y })),
    borderWidth: 0,
    pointRadius: 0,
    fill: "shape",
    backgroundColor: translucent(style.color, 0.14),
  };
}

function lineOf({ label, style, width }: Line, points: Curve["points"], scale: string): Dataset {
  return {
    type: "line",
    label,
    yAxisID: scale,
    data: points.map(({ tokens, mean }) => ({ x: tokens, y: mean })),
    borderColor: style.color,
    borderWidth: width,
    borderDash: style.dash,
    borderJoinStyle: "round",
    pointRadius: 0,
    fill: false,
  };
}

/** Markers of a line whose colour and dash another one's may resemble; at other points than its neighbours'. */
function markersOf(
  { style: { shape, color } }: Line,
  points: Curve["points"],
  index: number,
): Partial<Dataset> {
  if (shape === "circle") return {};
  const isMarked = (at: number): boolean => (at + index) % MARKER_EVERY === 0;
  return {
    pointStyle: shape,
    pointRadius: points.map((_, at) => (isMarked(at) ? 3.5 : 0)),
    pointBackgroundColor: color,
  };
}

/** The margin as a band, the border to the panel above, and the baseline, which is zero by definition. */
function differenceMarks(margin: number, top: number, baseline: Line | undefined): readonly Mark[] {
  const line = { kind: "line", scale: "difference", dash: [], place: "behind" } as const;
  return [
    { kind: "band", scale: "difference", from: -margin, to: margin, color: MARGIN_COLOR },
    { ...line, value: top, color: INK.axis, width: 1 },
    { ...line, value: 0, color: baseline?.style.color ?? INK.text, width: baseline?.width ?? 1 },
  ];
}

/** Variants that others are compared with: of a grid, one a combination. */
function baselinesOf({ rows }: Summary): ReadonlySet<string> {
  return new Set(rows.filter(({ comparedWith }) => comparedWith === null).map(({ variant }) => variant));
}

/** @param zeros variants that stand at zero among differences; one with neither a curve nor this has no letter. */
function tagsOf(lines: readonly Line[], curves: readonly Curve[], zeros: ReadonlySet<string>): Mark {
  return {
    kind: "end-tags",
    scale: zeros.size > 0 ? "difference" : "y",
    size: TEXT_PX.label,
    tags: lines.flatMap(({ variant, tag, style }) => {
      const curve = curves.find((candidate) => candidate.variant === variant);
      if (curve === undefined && !zeros.has(variant)) return [];
      return [{ text: tag, color: style.color, value: curve === undefined ? 0 : lastMean(curve) }];
    }),
  };
}
