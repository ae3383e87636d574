import type { Agreement } from "../../analysis/calibration.ts";
import { calibrationAnswer, isCalibration, type ContrastAnswer } from "../../tables/calibration/answer.ts";
import { scoreWords } from "../../tables/calibration/score-line.ts";
import { paddedRange } from "../draw/axis-range.ts";
import type { ChartSpec, Mark } from "../draw/chart-spec.ts";
import { COLUMN_WIDTH_PX, INK, LEGEND_ROW_PX, TEXT_PX } from "../draw/layout.ts";
import { pointsIn } from "../draw/panel-data.ts";
import { axesOf, headerMark, intervalIn, textAt } from "../draw/panel-marks.ts";
import { panelOptions, xOf, yOf, type Panel, type PanelAxis } from "../draw/panel.ts";
import { signedNumber } from "../draw/ticks.ts";
import type { Answered, FigureEntry } from "./figure-entry.ts";

const LEFT_PX = 44;
const SIDE_PX = COLUMN_WIDTH_PX - LEFT_PX - 14;
const TICKS = [-50, -20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20, 50];

/** A contrast that was measured, with its letter. */
interface Point {
  readonly answer: ContrastAnswer;
  readonly letter: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly color: string;
}

/** The contrasts of a calibration, published effect against measured effect. */
export const calibrationFigure: FigureEntry = {
  name: "calibration",
  title: "Published effects against ours",
  paper: "",
  needs: "a result folder of experiments/calibration.json",
  make: (answered) => {
    const [found, ...others] = answered.filter(({ results }) =>
      isCalibration(results.record.experiment.name),
    );
    if (found === undefined) return "needs results of experiments/calibration.json";
    if (others.length > 0) return "needs a single calibration: give its folder alone";
    const points = pointsOf(found);
    return points.length === 0 ? "needs a contrast with two finished pairs" : chartOf(found, points);
  },
};

function pointsOf({ results }: Answered): readonly Point[] {
  const measured = calibrationAnswer(results).contrasts.flatMap((answer) => {
    const relative = answer.row?.comparison?.relative;
    return relative?.low == null || relative.high === null
      ? []
      : [{ answer, mean: relative.mean, low: relative.low, high: relative.high }];
  });
  return measured.map((one, index) => ({
    ...one,
    letter: String.fromCharCode("a".charCodeAt(0) + index),
    color: colorOf(one.answer.agreement),
  }));
}

function colorOf(agreement: Agreement | null): string {
  if (agreement === null) return INK.quiet;
  return { agreed: "#117733", disagreed: "#aa3377", undecided: "#b07d00" }[agreement];
}

/** Percent of a share on an axis that is straight around zero and logarithmic beyond a percent, so that 0.4 and 40 % can both be read. */
function placeOf(share: number): number {
  return Math.asinh(100 * share);
}

function chartOf({ results, summary }: Answered, points: readonly Point[]): ChartSpec {
  const panel = panelOf(points);
  const legendTop = panel.top + SIDE_PX + 56;
  const height = legendTop + points.length * LEGEND_ROW_PX + 4;
  const { score } = calibrationAnswer(results);
  return {
    name: "calibration",
    caption:
      "Published effects (horizontal: range over sources) against ours (vertical: 95 % intervals over seeds), in percent of the loss, + is worse; both axes " +
      `are logarithmic beyond 1 %. On the dashed line they are equal; in the shaded quarters they have the same sign. ${scoreWords(score)}. ` +
      `From ${summary.experiment}${summary.tier === "" ? "" : ` (${summary.tier})`}.`,
    width: COLUMN_WIDTH_PX,
    height,
    config: {
      type: "line",
      data: {
        datasets: points.map(({ answer, mean, color }) =>
          pointsIn(panel, [{ x: middleOf(answer), y: placeOf(mean) }], {
            label: answer.contrast.label,
            color,
            radius: 4.5,
            isHollow: answer.agreement === null,
            shape: "circle",
          }),
        ),
      },
      options: panelOptions(COLUMN_WIDTH_PX, height),
    },
    marks: [
      headerMark("ours (%)"),
      ...quartersOf(panel),
      ...axesOf(panel, { x: true, y: true }),
      ...diagonalOf(panel),
      ...points.flatMap((point) => pointMarks(panel, point)),
      textAt("published (%)", panel.left + SIDE_PX / 2, panel.top + SIDE_PX + 32, {
        align: "center",
        size: TEXT_PX.label,
      }),
      ...points.map(({ letter, answer, color }, index) =>
        textAt(
          `${letter}  ${answer.contrast.label}: ${answer.agreement ?? "contested, not scored"}`,
          LEFT_PX,
          legendTop + index * LEGEND_ROW_PX,
          { align: "left", color },
        ),
      ),
    ],
  };
}

function middleOf({ published: { least, most } }: ContrastAnswer): number {
  return (placeOf(least) + placeOf(most)) / 2;
}

/** Equal axes on both sides, so that the diagonal is where published and ours are equal. */
function panelOf(points: readonly Point[]): Panel {
  const range = paddedRange(
    [
      0,
      ...points.flatMap(({ answer, low, high }) => [
        answer.published.least,
        answer.published.most,
        low,
        high,
      ]),
    ].map(placeOf),
    0.06,
  );
  const ticks = TICKS.map((value) => ({ value: placeOf(value / 100), text: signedNumber(value) }));
  const axis: PanelAxis = {
    ...range,
    isLog: false,
    ticks: ticks.filter(({ value }) => value > range.min && value < range.max),
  };
  return { left: LEFT_PX, top: 28, width: SIDE_PX, height: SIDE_PX, x: axis, y: axis };
}

/** Where the signs are equal. */
function quartersOf(panel: Panel): readonly Mark[] {
  const [x, y] = [xOf(panel, 0), yOf(panel, 0)];
  const [right, bottom] = [panel.left + panel.width, panel.top + panel.height];
  const color = "#f3f3f3";
  return [
    { kind: "box", x: [x, right], y: [panel.top, y], color },
    { kind: "box", x: [panel.left, x], y: [y, bottom], color },
  ];
}

function diagonalOf(panel: Panel): readonly Mark[] {
  const { left, top, width, height } = panel;
  const line = { kind: "segment", width: 1.25, place: "behind" } as const;
  const [x, y] = [xOf(panel, 0), yOf(panel, 0)];
  return [
    { ...line, from: [left, top + height], to: [left + width, top], color: INK.axis, dash: [5, 3] },
    { ...line, from: [left, y], to: [left + width, y], color: INK.text, dash: [] },
    { ...line, from: [x, top], to: [x, top + height], color: INK.text, dash: [] },
  ];
}

function pointMarks(panel: Panel, { answer, letter, mean, low, high, color }: Point): readonly Mark[] {
  const { least, most } = answer.published;
  const [x, y] = [middleOf(answer), yOf(panel, placeOf(mean))];
  const [from, to] = [xOf(panel, placeOf(least)), xOf(panel, placeOf(most))];
  return [
    { kind: "segment", from: [from, y], to: [to, y], color, dash: [], width: 1.25, place: "behind" },
    ...intervalIn(panel, { x, low: placeOf(low), high: placeOf(high) }, color),
    textAt(letter, xOf(panel, x) + 9, y - 8, { align: "center", color, bold: true }),
  ];
}
