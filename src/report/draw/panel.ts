import type { Json } from "../../core/json.ts";
import type { Range } from "./axis-range.ts";
import { baseOptions } from "./layout.ts";
import type { Tick } from "./ticks.ts";

/**
 * Panels: several areas in one picture, each with axes of its own. chart.js lays out one area; here its two scales are hidden and
 * count pixels of the whole picture, and panels place curves, ticks and texts on them.
 */

/** Values along one side of a panel. */
export interface PanelAxis extends Range {
  /** Equal factors are equal distances; min is above 0. */
  readonly isLog: boolean;
  readonly ticks: readonly Tick[];
}

/** An area of the picture, in pixels, with its axes. */
export interface Panel {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly x: PanelAxis;
  readonly y: PanelAxis;
}

/** chart.js options of a picture of panels. */
export function panelOptions(width: number, height: number): Readonly<Record<string, Json>> {
  const pixels = (axis: "x" | "y", max: number): Json => ({
    type: "linear",
    axis,
    display: false,
    min: 0,
    max,
    reverse: axis === "y",
  });
  return {
    ...baseOptions(
      { top: 0, right: 0, bottom: 0, left: 0 },
      { x: pixels("x", width), y: pixels("y", height) },
    ),
    // Else points at the edge would shrink the area, and a pixel would not be one.
    layout: { padding: 0, autoPadding: false },
  };
}

/** Pixels of a value along a panel's lower side, from the left of the picture. */
export function xOf({ left, width, x }: Panel, value: number): number {
  return hundredth(left + width * shareOf(x, value));
}

/** Pixels of a value along a panel's left side, from the top of the picture. */
export function yOf({ top, height, y }: Panel, value: number): number {
  return hundredth(top + height * (1 - shareOf(y, value)));
}

function shareOf({ min, max, isLog }: PanelAxis, value: number): number {
  return isLog ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
}

/** Finer than any printer, and short in files. */
function hundredth(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}
