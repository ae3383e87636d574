import type { Json } from "../../core/json.ts";
import type { Mark } from "./chart-spec.ts";

/** Width of every picture in CSS pixels; printed 84 mm (3.3 in) wide, 14 px are 6.9 points. */
export const COLUMN_WIDTH_PX = 480;

/** Text sizes in CSS pixels. */
export const TEXT_PX = { axis: 14, tick: 13, label: 13, note: 12, cell: 11 } as const;

/** Colours of everything that is not data. */
export const INK = { text: "#1a1a1a", quiet: "#595959", axis: "#8c8c8c", grid: "#e6e6e6" } as const;

/** The equivalence margin behind differences. */
export const MARGIN_COLOR = "#dcdcdc";

/** Height of one legend row. */
export const LEGEND_ROW_PX = 18;

/** From the left edge of a legend's column to its texts: a letter and a piece of the line stand before. */
export const LEGEND_TEXT_PX = 43;

/** Height of one note. */
export const NOTE_ROW_PX = 16;

/** Notes in the last rows of a picture, one a row, at the right. */
export function noteMarks(notes: readonly string[]): readonly Mark[] {
  return notes.map((text, index) => ({
    kind: "text",
    text,
    x: { edge: "frame-end", offset: -12 },
    y: { edge: "frame-end", offset: (index - notes.length + 0.5) * NOTE_ROW_PX - 2 },
    color: INK.quiet,
    size: TEXT_PX.note,
    bold: false,
    align: "right",
  }));
}

/** Options that every chart shares. `padding` is room for marks outside the chart area, in pixels. */
export function baseOptions(
  padding: { readonly top: number; readonly right: number; readonly bottom: number; readonly left: number },
  scales: Readonly<Record<string, Json>>,
): Readonly<Record<string, Json>> {
  return {
    animation: false,
    responsive: false,
    locale: "en-US",
    events: [],
    layout: { padding },
    plugins: {
      colors: { enabled: false },
      legend: { display: false },
      tooltip: { enabled: false },
      title: { display: false },
    },
    scales,
  };
}

/** A linear axis, with a title unless that is empty; `format` is Intl.NumberFormat options for its ticks. */
export function linearAxis(axis: {
  readonly axis: "x" | "y";
  readonly title: string;
  readonly min: number;
  readonly max: number;
  readonly format: Readonly<Record<string, Json>>;
  /** Share of the height, for axes that stand above each other; null for an axis of its own. */
  readonly stackWeight: number | null;
}): Json {
  return {
    type: "linear",
    axis: axis.axis,
    position: axis.axis === "x" ? "bottom" : "left",
    ...(axis.stackWeight === null ? {} : { stack: "panels", stackWeight: axis.stackWeight }),
    min: axis.min,
    max: axis.max,
    title: {
      display: axis.title !== "",
      text: axis.title,
      color: INK.text,
      font: { size: TEXT_PX.axis },
      padding: 4,
    },
    grid: { color: INK.grid, tickColor: INK.axis, tickLength: 5 },
    border: { color: INK.axis },
    ticks: {
      color: INK.text,
      font: { size: TEXT_PX.tick },
      format: axis.format,
      includeBounds: false,
      maxRotation: 0,
      maxTicksLimit: 7,
      padding: 3,
    },
  };
}

/** An axis of names that no data set uses: each stands in the middle of an equal share of the area. Lists are lines. */
export function nameAxis(axis: {
  readonly axis: "x" | "y";
  readonly position: "left" | "top";
  readonly names: readonly (string | readonly string[])[];
  /** Room between the names and the area, in pixels. */
  readonly padding: number;
  readonly title: string;
}): Json {
  return {
    type: "category",
    axis: axis.axis,
    position: axis.position,
    labels: axis.names,
    offset: true,
    reverse: false,
    title: {
      display: axis.title !== "",
      text: axis.title,
      color: INK.text,
      font: { size: TEXT_PX.axis },
      padding: 2,
    },
    grid: { display: false },
    border: { display: false },
    ticks: {
      color: INK.text,
      font: { size: TEXT_PX.label, lineHeight: 1.1 },
      autoSkip: false,
      maxRotation: 0,
      padding: axis.padding,
    },
  };
}

/** A hidden linear axis over cells 0 to n - 1, the first at the top or left. */
export function cellAxis(axis: "x" | "y", cells: number): Json {
  return {
    type: "linear",
    axis,
    display: false,
    min: -0.5,
    max: cells - 0.5,
    reverse: axis === "y",
    offset: false,
  };
}
