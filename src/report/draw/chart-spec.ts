import type { Json } from "../../core/json.ts";

/**
 * A chart as plain data: a chart.js configuration without functions, and marks for what chart.js has no words for.
 * The same data gives the same picture in every format, and can be compared as JSON in a test.
 */
export interface ChartSpec {
  /** File name without extension. */
  readonly name: string;
  /** What the picture shows, in a sentence or two: the caption in the report, the alternative text in HTML. */
  readonly caption: string;
  /** CSS pixels; a paper's column (84 mm) is `COLUMN_WIDTH_PX` wide. */
  readonly width: number;
  readonly height: number;
  readonly config: ChartConfig;
  readonly marks: readonly Mark[];
}

/** The part of a chart.js configuration that we use. */
export interface ChartConfig {
  readonly type: "line" | "scatter" | "matrix";
  readonly data: { readonly datasets: readonly Dataset[] };
  readonly options: Readonly<Record<string, Json>>;
}

/** A chart.js data set. `grid` belongs to matrices: columns and rows of the whole area, which with the gap give a cell's size. */
export interface Dataset {
  readonly type: "line" | "scatter" | "scatterWithErrorBars" | "matrix";
  readonly label: string;
  readonly data: readonly Readonly<Record<string, number | null>>[];
  readonly grid?: { readonly columns: number; readonly rows: number; readonly gap: number };
  readonly [option: string]: Json | undefined;
}

/** A place along one axis: pixels from a value of the scale, or from an edge of the chart area or of the whole picture. */
export type Place =
  | { readonly value: number; readonly offset?: number }
  | {
      readonly edge: "area-start" | "area-center" | "area-end" | "frame-start" | "frame-center" | "frame-end";
      readonly offset: number;
    };

/** A filled strip behind the data, across the area of its scale. */
export interface BandMark {
  readonly kind: "band";
  /** Id of the scale. */
  readonly scale: string;
  readonly from: number;
  readonly to: number;
  readonly color: string;
}

/** A straight line at a value, across the area of its scale. */
export interface LineMark {
  readonly kind: "line";
  /** Id of the scale. */
  readonly scale: string;
  readonly value: number;
  readonly color: string;
  readonly dash: readonly number[];
  readonly width: number;
  readonly place: "behind" | "front";
}

/** A straight line between two points; values of the scales `x` and `y`. */
export interface SegmentMark {
  readonly kind: "segment";
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
  readonly color: string;
  readonly dash: readonly number[];
  readonly width: number;
  readonly place: "behind" | "front";
}

/** A filled rectangle behind the data; values of the scales `x` and `y`. */
export interface BoxMark {
  readonly kind: "box";
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly color: string;
}

/** A short text; x grows to the right, y downwards. */
export interface TextMark {
  readonly kind: "text";
  readonly text: string;
  readonly x: Place;
  readonly y: Place;
  readonly color: string;
  readonly size: number;
  readonly bold: boolean;
  readonly align: "left" | "center" | "right";
}

/** Letters beside the right ends of curves, moved apart where they would overlap, with a thin line to the end. */
export interface EndTagsMark {
  readonly kind: "end-tags";
  /** Id of the scale of their values. */
  readonly scale: string;
  readonly size: number;
  readonly tags: readonly { readonly text: string; readonly color: string; readonly value: number }[];
}

/** A legend in columns, filled from top to bottom. */
export interface LegendMark {
  readonly kind: "legend";
  readonly size: number;
  /** Left edge of each column, in pixels. */
  readonly columns: readonly number[];
  /** Pixels from the lower edge of the legend to that of the picture. */
  readonly bottom: number;
  readonly entries: readonly {
    readonly tag: string;
    readonly text: string;
    readonly color: string;
    readonly dash: readonly number[];
    /** In the middle of the line; absent where it has none. */
    readonly shape?: "rectRot" | "triangle" | "rect";
    readonly width: number;
  }[];
}

/** A strip of colours with its ticks, centred at the bottom of the picture. */
export interface ColorBarMark {
  readonly kind: "color-bar";
  readonly title: string;
  readonly size: number;
  readonly colors: readonly string[];
  /** Text below the strip, evenly spread from its start to its end. */
  readonly ticks: readonly string[];
}

/** What is drawn beside chart.js's own elements. */
export type Mark =
  BandMark | LineMark | SegmentMark | BoxMark | TextMark | EndTagsMark | LegendMark | ColorBarMark;
