import type { ExperimentResults } from "../../records/experiment.ts";
import type { MatrixRecord } from "../../records/results.ts";
import type { ChartSpec, Mark } from "../draw/chart-spec.ts";
import { labelOf } from "./labels.ts";
import { baseOptions, cellAxis, COLUMN_WIDTH_PX, INK, TEXT_PX } from "../draw/layout.ts";
import { fitText } from "../draw/text.ts";
import { limitFor, relativeScale, type RelativeScale } from "../draw/relative-scale.ts";

/** The name under which a router returns its expert-correlation matrix. */
const MATRIX_NAME = "correlation";
const PANELS_A_ROW = 4;
const BAR_PX = 56;
const HEADER_PX = 42;

/** One matrix, at a place in a grid of panels. */
interface Panel {
  readonly variant: string;
  readonly record: MatrixRecord;
  readonly row: number;
  readonly column: number;
}

/**
 * How strongly a router ties experts to each other: the matrices named `correlation` (softmax(q k^T) of the attention router, rows
 * sum to 1), mean over tokens and seeds, a panel per variant and layer, relative to 1 / E. One scale for all panels, as wide as
 * the farthest entry asks for: a flat router looks flat beside one that is not.
 * @returns null when no router returned such a matrix.
 */
export function correlationChart(results: ExperimentResults): ChartSpec | null {
  const panels = panelsOf(results);
  if (panels.length === 0) return null;
  const experts = Math.max(...panels.map(({ record }) => record.values.length));
  const columns = Math.max(...panels.map(({ column }) => column)) + 1;
  const rows = Math.max(...panels.map(({ row }) => row)) + 1;
  // Between panels lies a gap: one cell beside, room for a title above.
  const cellPx = (COLUMN_WIDTH_PX - 40) / (columns * experts + columns - 1);
  const titleCells = HEADER_PX / cellPx;
  const columnCells = columns * (experts + 1) - 1;
  const rowCells = rows * (experts + titleCells);
  const ratios = panels.map(({ record }) =>
    record.values.map((row) => row.map((value) => value * record.values.length)),
  );
  const scale = relativeScale(limitFor(ratios.flat(2)));
  const cells = panels.flatMap(({ row, column }, panel) =>
    (ratios[panel] ?? []).flatMap((line, i) =>
      line.map((ratio, j) => ({
        x: column * (experts + 1) + j,
        y: row * (experts + titleCells) + titleCells + i,
        v: ratio,
      })),
    ),
  );
  return {
    name: "correlation",
    caption:
      "Expert correlation of the attention router: softmax(q k^T) relative to 1 / E, mean over validation tokens of the first seed. Rows: the " +
      "expert that asks; columns: the expert that is asked.",
    width: COLUMN_WIDTH_PX,
    height: Math.round(rowCells * cellPx) + BAR_PX + 30,
    config: {
      type: "matrix",
      data: {
        datasets: [
          {
            type: "matrix",
            label: MATRIX_NAME,
            data: cells,
            grid: { columns: columnCells, rows: rowCells, gap: cellPx > 6 ? 1 : 0 },
            backgroundColor: cells.map(({ v }) => scale.colorOf(v)),
          },
        ],
      },
      options: baseOptions(
        { top: 4, right: 16, bottom: BAR_PX + 26, left: 24 },
        { x: cellAxis("x", columnCells), y: cellAxis("y", rowCells) },
      ),
    },
    marks: [...panels.flatMap((panel) => frameOf(results, panel, experts, titleCells)), ...keyOf(scale)],
  };
}

/** Below the panels: which way to read them, and what the colours stand for. */
function keyOf({ colors, ticks }: RelativeScale): readonly Mark[] {
  const size = TEXT_PX.note;
  return [
    {
      kind: "text",
      text: "rows: the expert that asks; columns: the expert that is asked",
      x: { edge: "area-center", offset: 0 },
      y: { edge: "area-end", offset: 10 },
      color: INK.quiet,
      size,
      bold: false,
      align: "center",
    },
    { kind: "color-bar", title: "softmax(q kᵀ) × E", size, colors, ticks },
  ];
}

/** The grey ground of a panel, its layer above it, and above the first of a row the variant's name. */
function frameOf(
  results: ExperimentResults,
  { variant, record, row, column }: Panel,
  experts: number,
  titleCells: number,
): readonly Mark[] {
  const left = column * (experts + 1) - 0.5;
  const top = row * (experts + titleCells) + titleCells - 0.5;
  const right = left + record.values.length;
  const bottom = top + record.values.length;
  const layer: Mark = {
    kind: "text",
    text: `layer ${record.layer + 1}`,
    x: { value: (left + right) / 2 },
    y: { value: top - titleCells * 0.2 },
    color: INK.quiet,
    size: TEXT_PX.note,
    bold: false,
    align: "center",
  };
  const name: Mark = {
    ...layer,
    text: fitText(labelOf(results, variant), TEXT_PX.label, COLUMN_WIDTH_PX - 40),
    x: { value: left },
    y: { value: top - titleCells * 0.6 },
    color: INK.text,
    size: TEXT_PX.label,
    align: "left",
  };
  const ground: Mark = { kind: "box", x: [left, right], y: [top, bottom], color: "#c8c8c8" };
  return column === 0 ? [ground, layer, name] : [ground, layer];
}

function panelsOf(results: ExperimentResults): readonly Panel[] {
  let row = 0;
  return results.record.experiment.variants.flatMap(({ name }) => {
    const records = results.matrices
      .filter((matrix) => matrix.variant === name && matrix.name === MATRIX_NAME && matrix.values.length > 0)
      .sort((a, b) => a.layer - b.layer);
    const first = row;
    row += Math.ceil(records.length / PANELS_A_ROW);
    return records.map((record, index) => ({
      variant: name,
      record,
      row: first + Math.floor(index / PANELS_A_ROW),
      column: index % PANELS_A_ROW,
    }));
  });
}
