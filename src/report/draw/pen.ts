import type { Chart } from "chart.js";

/** The part of a canvas context that marks need; the types of browsers are not loaded. */
export interface Pen {
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  font: string;
  letterSpacing: string;
  textAlign: "left" | "center" | "right";
  textBaseline: "middle";
  readonly save: () => void;
  readonly restore: () => void;
  readonly beginPath: () => void;
  readonly moveTo: (x: number, y: number) => void;
  readonly lineTo: (x: number, y: number) => void;
  readonly stroke: () => void;
  readonly fill: () => void;
  readonly setLineDash: (dash: number[]) => void;
  readonly fillRect: (x: number, y: number, width: number, height: number) => void;
  readonly strokeRect: (x: number, y: number, width: number, height: number) => void;
  readonly fillText: (text: string, x: number, y: number) => void;
}

/** The pen of a chart's canvas. */
export function penOf(chart: Chart): Pen {
  return chart.ctx as Pen;
}
