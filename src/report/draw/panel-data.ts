import type { Shape } from "./palette.ts";
import type { Dataset } from "./chart-spec.ts";
import { clipCurve, clipOutline, type Point } from "./clip.ts";
import { xOf, yOf, type Panel } from "./panel.ts";

/** How a curve is drawn. */
export interface CurveStyle {
  readonly label: string;
  readonly color: string;
  readonly dash: readonly number[];
  readonly width: number;
}

/** A curve, as far as it lies between the panel's lowest and highest value. */
export function curveIn(panel: Panel, points: readonly Point[], style: CurveStyle): Dataset {
  const runs = clipCurve(points, panel.y);
  return {
    type: "line",
    label: style.label,
    // An empty point parts the runs.
    data: runs.flatMap((run, index) => [
      ...(index === 0 ? [] : [{ x: null, y: null }]),
      ...run.map((point) => pixelsOf(panel, point)),
    ]),
    borderColor: style.color,
    borderWidth: style.width,
    borderDash: style.dash,
    borderJoinStyle: "round",
    pointRadius: 0,
    fill: false,
  };
}

/** A band between two curves over the same x, as far as it lies in the panel. */
export function bandIn(
  panel: Panel,
  points: readonly { readonly x: number; readonly low: number; readonly high: number }[],
  label: string,
  color: string,
): Dataset {
  const outline = [
    ...points.map(({ x, high }) => ({ x, y: high })),
    ...[...points].reverse().map(({ x, low }) => ({ x, y: low })),
  ];
  return {
    type: "line",
    label,
    data: clipOutline(outline, panel.y).map((point) => pixelsOf(panel, point)),
    borderWidth: 0,
    pointRadius: 0,
    fill: "shape",
    backgroundColor: color,
  };
}

/** Points; hollow ones have a white middle. */
export function pointsIn(
  panel: Panel,
  points: readonly Point[],
  style: {
    readonly label: string;
    readonly color: string;
    readonly radius: number;
    readonly isHollow: boolean;
    readonly shape: Shape;
  },
): Dataset {
  return {
    type: "scatter",
    label: style.label,
    data: points.map((point) => pixelsOf(panel, point)),
    pointStyle: style.shape,
    radius: style.radius,
    borderWidth: style.isHollow ? 1.75 : 0,
    borderColor: style.color,
    backgroundColor: style.isHollow ? "#ffffff" : style.color,
  };
}

function pixelsOf(panel: Panel, { x, y }: Point): { x: number; y: number } {
  return { x: xOf(panel, x), y: yOf(panel, y) };
}
