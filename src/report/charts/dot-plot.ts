import type { ChartConfig, Dataset, Mark } from "../draw/chart-spec.ts";
import type { Range } from "../draw/axis-range.ts";
import {
  baseOptions,
  cellAxis,
  COLUMN_WIDTH_PX,
  INK,
  linearAxis,
  NOTE_ROW_PX,
  noteMarks,
  TEXT_PX,
} from "../draw/layout.ts";
import { fitText, textWidth, wrapText } from "../draw/text.ts";
import { translucent, type VariantStyle } from "../draw/palette.ts";
import type { VariantValues } from "./seed-values.ts";
import type { Json } from "../../core/json.ts";

/** One row of a dot plot: a variant's mean with its interval above its seeds. */
export interface DotRow {
  readonly name: string;
  /** Under the name, in quiet ink; may be empty. */
  readonly below: string;
  readonly style: VariantStyle;
  /** Routers that see the future are drawn hollow. */
  readonly causal: boolean;
  readonly values: VariantValues;
}

/** What a dot plot shows. */
export interface DotPlot {
  readonly rows: readonly DotRow[];
  readonly title: string;
  readonly range: Range;
  readonly format: Readonly<Record<string, Json>>;
  /** Notes below the axis, one a line. */
  readonly notes: readonly string[];
  /** Room above the area, in pixels, for a text of the caller's. */
  readonly top: number;
}

const ROW_PX = 27;
const LINE_PX = 15;
/** Longer names are broken into lines. */
const NAMES_PX = 190;
/** Between names and the area. */
const NAME_GAP_PX = 10;
/** Height of the axis' title. */
const TITLE_PX = 24;
/** Seeds lie below the mean, by this share of a row. */
const SEED_OFFSET = 0.25;
const MEAN_OFFSET = -0.1;

/** Height in pixels, configuration and marks (names and notes) of a dot plot: one row a variant, names at the left. */
export function dotPlot(plot: DotPlot): { height: number; config: ChartConfig; marks: readonly Mark[] } {
  const { rows, notes, top } = plot;
  const names = rows.map(linesOf);
  const rowHeight = Math.max(ROW_PX, ...names.map((lines) => lines.length * LINE_PX + 6));
  const widest = Math.max(...names.flat().map(({ text, size }) => textWidth(text, size)));
  // chart.js draws the first data set last, on top.
  const datasets = rows.flatMap((row, index) => [
    meanOf(row, index),
    intervalOf(row, index),
    seedsOf(row, index),
  ]);
  const left = widest + NAME_GAP_PX + 4;
  const bottom = notes.length * NOTE_ROW_PX + TITLE_PX;
  const config: ChartConfig = {
    type: "scatter",
    data: { datasets },
    options: baseOptions(
      { top: top + 6, right: 12, bottom: bottom + 2, left },
      {
        x: linearAxis({
          axis: "x",
          // chart.js would squeeze a title that is wider than the area.
          title: "",
          ...plot.range,
          format: plot.format,
          stackWeight: null,
        }),
        y: cellAxis("y", rows.length),
      },
    ),
  };
  return {
    height: rows.length * rowHeight + bottom + top + 40,
    config,
    marks: [...names.flatMap(nameMarks), titleMark(plot, left, bottom), ...noteMarks(notes)],
  };
}

/** What the values are: below the middle of the area, or as far to the left as it needs. */
function titleMark({ title }: DotPlot, left: number, bottom: number): Mark {
  const text = fitText(title, TEXT_PX.axis, COLUMN_WIDTH_PX - 24);
  const isNarrow = textWidth(text, TEXT_PX.axis) <= COLUMN_WIDTH_PX - left - 12;
  return {
    kind: "text",
    text,
    x: isNarrow ? { edge: "area-center", offset: 0 } : { edge: "frame-end", offset: -12 },
    y: { edge: "frame-end", offset: TITLE_PX / 2 - bottom - 2 },
    color: INK.text,
    size: TEXT_PX.axis,
    bold: false,
    align: isNarrow ? "center" : "right",
  };
}

/** A line of text at the left of a row. */
interface NameLine {
  readonly text: string;
  readonly size: number;
  readonly color: string;
}

function linesOf({ name, below }: DotRow): readonly NameLine[] {
  const lines = (text: string, size: number, color: string): readonly NameLine[] =>
    text === "" ? [] : wrapText(text, size, NAMES_PX).map((line) => ({ text: line, size, color }));
  return [...lines(name, TEXT_PX.label, INK.text), ...lines(below, TEXT_PX.cell, INK.quiet)];
}

/** The lines of a row, centred beside it. */
function nameMarks(lines: readonly NameLine[], row: number): readonly Mark[] {
  return lines.map((line, index) => ({
    kind: "text",
    ...line,
    x: { edge: "area-start", offset: -NAME_GAP_PX },
    y: { value: row, offset: (index - (lines.length - 1) / 2) * LINE_PX },
    bold: false,
    align: "right",
  }));
}

function seedsOf({ name, style, values }: DotRow, index: number): Dataset {
  return {
    type: "scatter",
    label: `${name}: seeds`,
    data: values.seeds.map(({ value }) => ({ x: value, y: index + SEED_OFFSET })),
    pointStyle: "circle",
    radius: 2.5,
    borderWidth: 0,
    backgroundColor: translucent(style.color, 0.5),
  };
}

function intervalOf({ name, style, values: { mean, low, high } }: DotRow, index: number): Dataset {
  const y = index + MEAN_OFFSET;
  return {
    type: "scatterWithErrorBars",
    label: `${name}: interval`,
    data: low === null || high === null ? [] : [{ x: mean, xMin: low, xMax: high, y }],
    radius: 0,
    errorBarLineWidth: 2,
    errorBarColor: style.color,
    errorBarWhiskerLineWidth: 2,
    errorBarWhiskerColor: style.color,
    errorBarWhiskerSize: 7,
    errorBarWhiskerRatio: 0,
  };
}

function meanOf({ name, style, causal, values }: DotRow, index: number): Dataset {
  return {
    type: "scatter",
    label: name,
    data: [{ x: values.mean, y: index + MEAN_OFFSET }],
    pointStyle: style.shape,
    radius: 4.5,
    borderWidth: 2,
    borderColor: style.color,
    backgroundColor: causal ? style.color : "#ffffff",
  };
}

/** Everything that must fit into the picture: seeds, means and interval ends. */
export function extentOf(rows: readonly VariantValues[]): readonly number[] {
  return rows.flatMap(({ seeds, mean, low, high }) => [
    ...seeds.map(({ value }) => value),
    mean,
    ...(low === null || high === null ? [] : [low, high]),
  ]);
}
