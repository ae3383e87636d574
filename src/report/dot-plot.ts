import type { ChartConfig, Dataset, Mark } from "./chart-spec.ts";
import type { Range } from "./axis-range.ts";
import {
  baseOptions,
  cellAxis,
  linearAxis,
  nameAxis,
  NOTE_ROW_PX,
  noteMarks,
  TEXT_PX,
  wrapText,
} from "./layout.ts";
import { translucent, type VariantStyle } from "./palette.ts";
import type { VariantValues } from "./seed-values.ts";
import type { Json } from "../core/json.ts";

/** One row of a dot plot: a variant's mean with its interval above its seeds. */
export interface DotRow {
  readonly name: string;
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
}

const ROW_PX = 27;
const LINE_PX = 15;
/** Longer names are broken into lines. */
const NAMES_PX = 190;
/** Seeds lie below the mean, by this share of a row. */
const SEED_OFFSET = 0.25;
const MEAN_OFFSET = -0.1;

/** Height in pixels, configuration and notes of a dot plot: one row a variant, names at the left. */
export function dotPlot(plot: DotPlot): { height: number; config: ChartConfig; notes: readonly Mark[] } {
  const { rows, notes } = plot;
  const names = rows.map(({ name }) => wrapText(name, TEXT_PX.label, NAMES_PX));
  const rowHeight = Math.max(ROW_PX, ...names.map((lines) => lines.length * LINE_PX + 6));
  const datasets = rows.flatMap((row, index) => [
    seedsOf(row, index),
    intervalOf(row, index),
    meanOf(row, index),
  ]);
  const bottom = notes.length * NOTE_ROW_PX;
  const config: ChartConfig = {
    type: "scatter",
    data: { datasets },
    options: baseOptions(
      { top: 6, right: 12, bottom: bottom + 2, left: 2 },
      {
        x: linearAxis({
          axis: "x",
          title: plot.title,
          ...plot.range,
          format: plot.format,
          stackWeight: null,
        }),
        y: cellAxis("y", rows.length),
        names: nameAxis({ axis: "y", position: "left", names, padding: 3, title: "" }),
      },
    ),
  };
  return {
    height: rows.length * rowHeight + bottom + 62,
    config,
    notes: noteMarks(notes),
  };
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
    label: `${name}: 95 % interval`,
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
    pointStyle: "circle",
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
