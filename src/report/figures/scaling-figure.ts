import { paddedRange } from "../draw/axis-range.ts";
import type { ChartSpec, Dataset, Mark } from "../draw/chart-spec.ts";
import { facetWords } from "./facets.ts";
import type { FigureEntry } from "./figure-entry.ts";
import { groupBy } from "./group-by.ts";
import { COLUMN_WIDTH_PX, NOTE_ROW_PX, noteMarks, TEXT_PX } from "../draw/layout.ts";
import { seriesStyle } from "../draw/palette.ts";
import { curveIn, pointsIn } from "../draw/panel-data.ts";
import { axesOf, headerMark, intervalIn, textAt } from "../draw/panel-marks.ts";
import { panelOptions, type Panel } from "../draw/panel.ts";
import { scalingPoints, textOf, type ScalingPoint } from "./scaling-points.ts";
import { seriesLegend, type Series } from "../draw/series-legend.ts";
import { linearTicks, logTicks } from "../draw/ticks.ts";

const PANEL_PX = 300;
const LEFT_PX = 50;
const CAPTION =
  "Final validation loss against compute: forward FLOPs a token times training tokens (training itself takes about three times as " +
  "many); mean over seeds with its t-interval. A line joins one router and model over lengths of training, each of which is a " +
  "training of its own.";
/** More series than this can't be told apart. */
const MOST_SERIES = 24;

/**
 * Loss against compute: the final validation loss of every variant, with its interval, against the forward FLOPs of its
 * training; a line joins one model and router over lengths of training.
 */
export const scalingFigure: FigureEntry = {
  name: "scaling",
  title: "Validation loss against forward FLOPs",
  paper: "",
  needs: "result folders of several sizes or lengths of training, on the same text",
  make: (answered) => {
    const points = scalingPoints(answered);
    if (points.length === 0) return "needs a finished run";
    if (new Set(points.map(textOf)).size > 1) {
      return "needs runs on the same text: losses of different text can't stand on one axis";
    }
    const compute = points.map(({ forwardFlops }) => forwardFlops);
    if (Math.max(...compute) < 1.1 * Math.min(...compute)) {
      return "needs runs of several sizes or lengths of training: all of these take the same compute";
    }
    const series = seriesOf(points);
    if (series.length > MOST_SERIES) {
      return `needs fewer folders: ${series.length} models and routers are more than the ${MOST_SERIES} that can be told apart`;
    }
    return scalingChart(points, series);
  },
};

type PointSeries = Series & { readonly points: readonly ScalingPoint[] };

/** One series a router and model: routers by colour, models by shape and dash; points by compute. */
function seriesOf(points: readonly ScalingPoint[]): readonly PointSeries[] {
  // Router, losses and the like are in the label that the experiment gives.
  const words = facetWords(
    points.map(({ settings }) => settings),
    ["router", "losses", "training", "streams", "parent"],
  );
  const named = points.map((point, index) => ({ point, model: words[index] ?? "" }));
  const models = [...groupBy(named, ({ model }) => model)]
    .map(([model, members]) => ({
      model,
      flops: Math.min(...members.map(({ point }) => point.forwardFlops)),
    }))
    .sort((a, b) => a.flops - b.flops);
  return [...groupBy(named, ({ point }) => point.label)].flatMap(([label, ofRouter]) =>
    models.flatMap(({ model }, index): PointSeries[] => {
      const members = ofRouter.filter((candidate) => candidate.model === model).map(({ point }) => point);
      const [first] = members;
      if (first === undefined) return [];
      const { dash, shape } = seriesStyle(index);
      return [
        {
          label: [label, model].filter((part) => part !== "").join(", "),
          color: first.color,
          dash,
          shape,
          points: members.toSorted((a, b) => a.forwardFlops - b.forwardFlops),
        },
      ];
    }),
  );
}

function scalingChart(points: readonly ScalingPoint[], series: readonly PointSeries[]): ChartSpec {
  const panel = panelOf(points);
  const legend = seriesLegend(series, panel.top + panel.height + 54);
  const notes = notesOf(points);
  const height = legend.bottom + 10 + notes.length * NOTE_ROW_PX;
  return {
    name: "scaling",
    caption: CAPTION,
    width: COLUMN_WIDTH_PX,
    height,
    config: {
      type: "line",
      data: {
        datasets: [...series.flatMap((one) => drawn(panel, one)), ...legend.datasets],
      },
      options: panelOptions(COLUMN_WIDTH_PX, height),
    },
    marks: [
      headerMark("validation loss (nats/token)"),
      ...axesOf(panel, { x: true, y: true }),
      ...series.flatMap(({ points: own, color }) =>
        own.flatMap(({ forwardFlops, low, high }): readonly Mark[] =>
          low === null || high === null ? [] : intervalIn(panel, { x: forwardFlops, low, high }, color),
        ),
      ),
      textAt("forward FLOPs of the training", panel.left + panel.width / 2, panel.top + panel.height + 32, {
        align: "center",
        size: TEXT_PX.label,
      }),
      ...legend.marks,
      ...noteMarks(notes),
    ],
  };
}

/** A series' points, those that see the future hollow, and the line through all. */
function drawn(panel: Panel, series: PointSeries): readonly Dataset[] {
  const { label, color, dash, points } = series;
  return [
    ...[true, false].map((causal) =>
      pointsIn(panel, points.filter((point) => point.causal === causal).map(placeOf), {
        ...series,
        radius: 4.5,
        isHollow: !causal,
      }),
    ),
    curveIn(panel, points.map(placeOf), { label: `${label}: line`, color, dash, width: 1.5 }),
  ];
}

function notesOf(points: readonly ScalingPoint[]): readonly string[] {
  const isCausal = points.every(({ causal }) => causal);
  const isOnSame = new Set(points.map(({ settings }) => settings.data.validationTokens)).size === 1;
  return [
    ...(isCausal ? [] : ["hollow: sees future tokens, not a language-model loss"]),
    ...(isOnSame ? [] : ["not all on the same validation tokens"]),
  ];
}

function placeOf({ forwardFlops, mean }: ScalingPoint): { readonly x: number; readonly y: number } {
  return { x: forwardFlops, y: mean };
}

function panelOf(points: readonly ScalingPoint[]): Panel {
  const compute = points.map(({ forwardFlops }) => forwardFlops);
  const x = { min: Math.min(...compute) / 1.3, max: Math.max(...compute) * 1.3 };
  const y = paddedRange(
    points.flatMap(({ mean, low, high }) => [mean, low ?? mean, high ?? mean]),
    0.05,
  );
  return {
    left: LEFT_PX,
    top: 28,
    width: COLUMN_WIDTH_PX - LEFT_PX - 14,
    height: PANEL_PX,
    x: { ...x, isLog: true, ticks: logTicks(x, 8, powerText) },
    y: { ...y, isLog: false, ticks: linearTicks(y, 7) },
  };
}

/** `5e11`: shorter than letters that stand for powers of a thousand, and known to everybody who counts FLOPs. */
function powerText(value: number): string {
  return value.toExponential().replace("e+", "e");
}
