import type { Summary, SummaryRow } from "../../analysis/summary.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { paddedRange } from "../draw/axis-range.ts";
import { byEffect } from "./by-effect.ts";
import type { ChartSpec, Dataset, Mark } from "../draw/chart-spec.ts";
import { differenceCurves, type Curve } from "./curves.ts";
import { signNotes, signedLabel } from "./dot-rows.ts";
import { baselineLabel, coverageWords, effectWords, hasIntervals, percent } from "./labels.ts";
import { COLUMN_WIDTH_PX, INK, MARGIN_COLOR, NOTE_ROW_PX, noteMarks, TEXT_PX } from "../draw/layout.ts";
import { translucent, variantStyles, type VariantStyle } from "../draw/palette.ts";
import {
  areaOf,
  MOST_PANELS,
  panelGrid,
  titleMarks,
  TITLE_ROW_PX,
  type PanelPlace,
} from "../draw/panel-grid.ts";
import { bandIn, curveIn, pointsIn } from "../draw/panel-data.ts";
import { axesOf, headerMark, intervalIn, levelIn, stripIn, textAt } from "../draw/panel-marks.ts";
import { panelOptions, type Panel } from "../draw/panel.ts";
import { fitText } from "../draw/text.ts";
import { compactCount, linearTicks, signedNumber } from "../draw/ticks.ts";

/** Differences of the first fifth of training may lie outside: they are large, and pass. */
const SHOWN_FROM = 0.2;
const PANEL_PX = 92;
/** Longer labels are cut in notes. */
const LABEL_PX = 300;
/** Metrics that the curves show too, so that a final difference belongs at their end. */
const METRICS_OF_CURVES = ["validation_loss_nats", "validation_bits_per_byte"];

/** A variant with its curve of differences. */
interface Effect {
  readonly row: SummaryRow;
  readonly curve: Curve;
  /** The final difference in percent; null where the metric is not the one of the curve. */
  readonly final: { readonly mean: number; readonly low: number | null; readonly high: number | null } | null;
}

/** An effect with its place in the picture. */
interface DrawnEffect extends Effect {
  readonly place: PanelPlace;
  readonly panel: Panel;
  readonly style: VariantStyle;
  /** The floor of the same baseline, where it is another variant. */
  readonly floor: Effect | undefined;
}

/**
 * The effect against training tokens: a panel a variant, its difference from the baseline paired by seed at every evaluation, in
 * its interval, and at the end the final difference, which is measured on more tokens. The floor's curve is in every panel.
 * @returns null without a curve of a pair, and for more than 60 variants.
 */
export function effectChart(results: ExperimentResults, summary: Summary): ChartSpec | null {
  const effects = effectsOf(results, summary);
  if (effects.length === 0 || effects.length > MOST_PANELS) return null;
  const margin = summary.margin * 100;
  const [floor, ...otherFloors] = effects.filter(({ row }) => row.role === "floor");
  const axes = axesFor(effects, margin);
  const grid = panelGrid(
    effects.map(({ row }) => signedLabel(row)),
    { panelHeight: PANEL_PX, top: 24, below: TITLE_ROW_PX, ticks: axes.y.ticks },
  );
  const drawn = drawnOf(results, effects, grid.places, axes);
  const notes = [
    `grey: within the margin of ±${percent(summary.margin)}` +
      (effects.some(({ final }) => final !== null) ? "; point: final, on all validation tokens" : ""),
    ...(floor === undefined
      ? []
      : [
          otherFloors.length > 0
            ? "dashed: the floor of the same combination"
            : `dashed: the floor, ${fitText(floor.row.label, TEXT_PX.note, LABEL_PX)}`,
        ]),
    ...signNotes(effects.map(({ row }) => row)),
  ];
  const height = grid.bottom + 44 + notes.length * NOTE_ROW_PX;
  const baseline = baselineLabel(results, summary);
  return {
    name: "effect",
    caption:
      `Difference of the validation loss from ${baseline} at the same seed and step against training tokens, a panel a variant from the best ` +
      `to the worst: mean${hasIntervals(summary) ? ` with its ${coverageWords(summary)} t-interval` : ""} on the intermediate evaluation's tokens; the point at the ` +
      "end is the final difference, on all validation tokens. Grey band: the equivalence margin.",
    width: COLUMN_WIDTH_PX,
    height,
    config: {
      type: "line",
      data: { datasets: drawn.flatMap(datasetsOf) },
      options: panelOptions(COLUMN_WIDTH_PX, height),
    },
    marks: [
      headerMark(`difference from ${baseline} (%)`),
      ...drawn.flatMap((effect) => marksOf(effect, margin)),
      textAt("training tokens", COLUMN_WIDTH_PX / 2, grid.bottom + 30, {
        align: "center",
        size: TEXT_PX.label,
      }),
      ...noteMarks(notes),
    ],
  };
}

/** Variants with a curve, from the best to the worst. */
function effectsOf(results: ExperimentResults, summary: Summary): readonly Effect[] {
  const curves = differenceCurves(results, summary);
  const hasFinal = METRICS_OF_CURVES.includes(summary.metric.name);
  return byEffect(summary.rows).flatMap((row): Effect[] => {
    const curve = curves.find(({ variant }) => variant === row.variant);
    if (curve === undefined || row.comparison === null) return [];
    const { mean, low, high } = row.comparison.relative;
    const scaled = (share: number | null): number | null => (share === null ? null : share * 100);
    const final = hasFinal ? { mean: mean * 100, low: scaled(low), high: scaled(high) } : null;
    return [{ row, curve, final }];
  });
}

function drawnOf(
  results: ExperimentResults,
  effects: readonly Effect[],
  places: readonly PanelPlace[],
  axes: Pick<Panel, "x" | "y">,
): readonly DrawnEffect[] {
  const styles = variantStyles(results.record.experiment.variants);
  return effects.flatMap((effect, index): DrawnEffect[] => {
    const { row } = effect;
    const place = places[index];
    const style = styles.get(row.variant);
    if (place === undefined || style === undefined) return [];
    const floor = effects.find(
      (other) =>
        other.row.role === "floor" && other.row.comparedWith === row.comparedWith && other !== effect,
    );
    return [{ ...effect, place, panel: { ...areaOf(place), ...axes }, style, floor }];
  });
}

/** One pair of axes for all panels. */
function axesFor(effects: readonly Effect[], margin: number): Pick<Panel, "x" | "y"> {
  const last = Math.max(...effects.map(({ curve }) => lastTokens(curve)));
  const shown = effects.flatMap(({ curve, final }) => {
    const from = SHOWN_FROM * lastTokens(curve);
    const end = curve.points.at(-1);
    return [
      ...curve.points.filter(({ tokens }) => tokens >= from).map(({ mean }) => mean),
      ...(end === undefined ? [] : [end.low, end.high]),
      ...(final === null ? [] : [final.mean, final.low ?? final.mean, final.high ?? final.mean]),
    ];
  });
  const range = paddedRange([...shown, margin, -margin], 0.06);
  // Room for the point at the end.
  const tokens = { min: 0, max: last * 1.04 };
  return {
    x: { ...tokens, isLog: false, ticks: linearTicks(tokens, 4, compactCount) },
    y: { ...range, isLog: false, ticks: linearTicks(range, 6, signedNumber) },
  };
}

function lastTokens({ points }: Curve): number {
  return points.at(-1)?.tokens ?? 0;
}

function datasetsOf({
  row,
  curve,
  final,
  panel,
  style: { color, shape },
  floor,
}: DrawnEffect): readonly Dataset[] {
  const { label } = row;
  const points = curve.points.map(({ tokens, mean, low, high }) => ({ x: tokens, y: mean, low, high }));
  const floorPoints = floor?.curve.points.map(({ tokens, mean }) => ({ x: tokens, y: mean })) ?? [];
  const end = final === null ? [] : [{ x: lastTokens(curve), y: final.mean }];
  // The first is on top.
  return [
    pointsIn(panel, end, {
      label: `${label}: final`,
      color,
      radius: 3.5,
      isHollow: !row.causal,
      shape,
    }),
    curveIn(panel, points, { label, color, dash: [], width: 2 }),
    curveIn(panel, floorPoints, { label: `${label}: floor`, color: INK.quiet, dash: [4, 3], width: 1.25 }),
    bandIn(panel, points, `${label}: interval`, translucent(color, 0.22)),
  ];
}

function marksOf({ row, curve, final, panel, place, style }: DrawnEffect, margin: number): readonly Mark[] {
  const x = lastTokens(curve);
  return [
    stripIn(panel, -margin, margin, MARGIN_COLOR),
    ...axesOf(panel, { x: place.isLowest, y: place.isFirst }),
    ...levelIn(panel, 0, { color: INK.text, dash: [], width: 1.25 }),
    ...(final === null || final.low === null || final.high === null
      ? []
      : intervalIn(panel, { x, low: final.low, high: final.high }, style.color)),
    ...titleMarks(place, final === null ? "" : effectWords(row)),
  ];
}
