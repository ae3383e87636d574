import type { Mark, ChartSpec, Dataset } from "../draw/chart-spec.ts";
import { paddedRange } from "../draw/axis-range.ts";
import { facetWords } from "./facets.ts";
import type { FigureEntry } from "./figure-entry.ts";
import { percent } from "../charts/labels.ts";
import { COLUMN_WIDTH_PX, INK, TEXT_PX } from "../draw/layout.ts";
import { groupBy } from "./group-by.ts";
import { curveIn, pointsIn } from "../draw/panel-data.ts";
import { axesOf, headerMark, intervalIn, levelIn, textAt } from "../draw/panel-marks.ts";
import { panelOptions, type Panel, type PanelAxis } from "../draw/panel.ts";
import { seriesLegend, type Series } from "../draw/series-legend.ts";
import { seriesStyle } from "../draw/palette.ts";
import { sensitivityPoints, type SensitivityPoint } from "./sensitivity-points.ts";
import { compactCount, linearTicks, logTicks, signedNumber } from "../draw/ticks.ts";

const PANEL_PX = 190;
const LEFT_PX = 44;
/** Series at one place of the axis stand beside each other: so far apart, and all of them within so much. */
const DODGE_PX = 7;
const DODGE_MOST_PX = 42;

/** An axis that the points may lie along. */
interface Along {
  readonly title: string;
  readonly valueOf: (point: SensitivityPoint) => number;
  /** Not said in the legend, because the axis says it. */
  readonly hidden: readonly string[];
  /** Says the length of training, where the axis does not. */
  readonly saysTokens: boolean;
  readonly tickText: (value: number) => string;
}

const ALONG: readonly Along[] = [
  {
    title: "training tokens",
    valueOf: ({ tokens }) => tokens,
    hidden: [],
    saysTokens: false,
    tickText: compactCount,
  },
  {
    title: "experts",
    valueOf: ({ settings }) => settings.model.experts,
    // Experts of a grid are made smaller or fewer active as their number grows: that belongs to the axis.
    hidden: ["model.experts"],
    saysTokens: true,
    tickText: String,
  },
];

/**
 * How sharp the instrument is, and where it is sharper: the floor (frozen random routing) minus the baseline in percent of the
 * baseline's loss, with intervals, against training length and against the number of experts, as far as these vary.
 */
export const sensitivityFigure: FigureEntry = {
  name: "sensitivity",
  title: "Sensitivity against training length and number of experts",
  paper: "",
  needs: "result folders with a floor (controls.floor), of several lengths or numbers of experts",
  make: (answered) => {
    const points = sensitivityPoints(answered);
    if (points.length === 0) return "needs a finished pair of a floor (controls.floor) and its baseline";
    return sensitivityChart(points);
  },
};

function sensitivityChart(points: readonly SensitivityPoint[]): ChartSpec {
  const varying = ALONG.filter(({ valueOf }) => new Set(points.map(valueOf)).size > 1);
  const shown = varying.length > 0 ? varying : ALONG.slice(0, 1);
  const range = paddedRange(
    [0, ...points.flatMap(({ mean, low, high }) => [mean, low ?? mean, high ?? mean])],
    0.06,
  );
  let top = 28;
  const parts = shown.map((along, index) => {
    const panel = panelOf(points, along, range, top);
    const all = seriesOf(points, along);
    const lines = all.filter((one) => one.points.length > 1);
    // A point that no line goes through says nothing more here than in the panel above.
    const series = (index > 0 && lines.length > 0 ? lines : all).map((one, number) => ({
      ...one,
      ...seriesStyle(number),
    }));
    const legend = seriesLegend(series, panel.top + panel.height + 54);
    top = legend.bottom + 14;
    return { along, panel, series, legend };
  });
  const height = top;
  const levels = [...new Set(points.map(({ level }) => percent(1 - level)))];
  const experiments = [...new Set(points.map(({ experiment }) => experiment))];
  return {
    name: "sensitivity",
    caption:
      "Sensitivity: how much worse frozen random routing (the floor) is than the baseline, in percent of the baseline's loss, paired by " +
      `seed, with ${levels.join(" to ")} t-intervals. At zero, an experiment can't tell learned routing from random. ` +
      `From ${experiments.join(", ")}; ${pairsWords(points)}.`,
    width: COLUMN_WIDTH_PX,
    height,
    config: {
      type: "line",
      data: {
        datasets: parts.flatMap(({ panel, along, series, legend }) => [
          ...datasetsOf(panel, along, series),
          ...legend.datasets,
        ]),
      },
      options: panelOptions(COLUMN_WIDTH_PX, height),
    },
    marks: [
      headerMark("floor minus baseline (% of the baseline's loss)"),
      ...parts.flatMap(({ panel, along, series, legend }) => [
        ...axesOf(panel, { x: true, y: true }),
        ...levelIn(panel, 0, { color: INK.text, dash: [], width: 1.25 }),
        ...series.flatMap((one, index) => intervalsOf(panel, along, one, dodge(index, series.length))),
        textAt(along.title, panel.left + panel.width / 2, panel.top + panel.height + 32, {
          align: "center",
          size: TEXT_PX.label,
        }),
        ...legend.marks,
      ]),
    ],
  };
}

/** Points that differ along the axis alone. */
interface NamedPoints {
  readonly label: string;
  readonly points: readonly SensitivityPoint[];
}

type PointSeries = Series & NamedPoints;

function seriesOf(points: readonly SensitivityPoint[], along: Along): readonly NamedPoints[] {
  const words = facetWords(
    points.map(({ settings }) => settings),
    along.hidden,
  );
  const saysTokens = along.saysTokens && new Set(points.map(({ tokens }) => tokens)).size > 1;
  const named = points.map((point, index) => {
    const parts = [words[index] ?? "", saysTokens ? `${compactCount(point.tokens)} tokens` : ""];
    return { point, label: parts.filter((part) => part !== "").join(", ") };
  });
  const groups = groupBy(named, ({ label }) => label);
  return [...groups].map(([label, members]) => ({
    label,
    points: members.map(({ point }) => point).toSorted((a, b) => along.valueOf(a) - along.valueOf(b)),
  }));
}

function panelOf(
  points: readonly SensitivityPoint[],
  along: Along,
  range: { readonly min: number; readonly max: number },
  top: number,
): Panel {
  const values = points.map(along.valueOf);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = { min: low / 1.25, max: high * 1.25 };
  // Few values are ticks themselves.
  const own = [...new Set(values)].sort((a, b) => a - b);
  const ticks =
    own.length <= 6
      ? own.map((value) => ({ value, text: along.tickText(value) }))
      : logTicks(x, 7, along.tickText);
  const axis: PanelAxis = { ...x, isLog: true, ticks };
  return {
    left: LEFT_PX,
    top,
    width: COLUMN_WIDTH_PX - LEFT_PX - 14,
    height: PANEL_PX,
    x: axis,
    y: { ...range, isLog: false, ticks: linearTicks(range, 7, signedNumber) },
  };
}

function datasetsOf(panel: Panel, along: Along, series: readonly PointSeries[]): readonly Dataset[] {
  return series.flatMap((one, index) => {
    const moved = movedBy(panel, dodge(index, series.length));
    const points = one.points.map((point) => ({ x: along.valueOf(point), y: point.mean }));
    return [
      pointsIn(moved, points, { ...one, radius: 4.5, isHollow: false }),
      curveIn(moved, points, { label: `${one.label}: line`, color: one.color, dash: one.dash, width: 1.5 }),
    ];
  });
}

function intervalsOf(panel: Panel, along: Along, series: PointSeries, pixels: number): readonly Mark[] {
  return series.points.flatMap((point) => {
    const { low, high } = point;
    if (low === null || high === null) return [];
    return intervalIn(movedBy(panel, pixels), { x: along.valueOf(point), low, high }, series.color);
  });
}

function dodge(index: number, count: number): number {
  const step = Math.min(DODGE_PX, DODGE_MOST_PX / Math.max(1, count - 1));
  return (index - (count - 1) / 2) * step;
}

function movedBy(panel: Panel, pixels: number): Panel {
  return { ...panel, left: panel.left + pixels };
}

function pairsWords(points: readonly SensitivityPoint[]): string {
  const pairs = points.map((point) => point.pairs);
  const [least, most] = [Math.min(...pairs), Math.max(...pairs)];
  return least === most ? `${least} pairs a point` : `${least} to ${most} pairs a point`;
}
