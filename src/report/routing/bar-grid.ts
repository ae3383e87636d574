import type { ChartSpec, Mark } from "../draw/chart-spec.ts";
import { COLUMN_WIDTH_PX, INK, NOTE_ROW_PX, TEXT_PX } from "../draw/layout.ts";
import { axesOf, headerMark, paragraph, textAt } from "../draw/panel-marks.ts";
import { panelOptions, yOf, type Panel, type PanelAxis } from "../draw/panel.ts";
import { wrapText } from "../draw/text.ts";

/** One cell of a grid of bars. */
interface BarCell {
  readonly values: readonly number[];
  /** Drawn as a dashed line. */
  readonly chance: number;
}

/** What a grid of bars is drawn from: one row a domain, one column a layer. */
export interface BarGrid {
  readonly name: string;
  readonly caption: string;
  readonly header: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly cells: readonly (readonly BarCell[])[];
  readonly y: PanelAxis;
  readonly color: string;
  readonly note: string;
}

const NAMES_PX = 78;
const TICKS_PX = 38;
const ROW_PX = 62;
const GAP_PX = 12;

/** Bars a row and column, all on one scale, chance dashed in each. */
export function barGrid(drawn: BarGrid): ChartSpec {
  const { rows, columns, cells } = drawn;
  const left = NAMES_PX + TICKS_PX;
  const width = (COLUMN_WIDTH_PX - left - 10 - (columns.length - 1) * GAP_PX) / columns.length;
  const top = 48;
  const bottom = top + rows.length * (ROW_PX + GAP_PX) - GAP_PX;
  const note = paragraph(drawn.note);
  const height = bottom + 48 + note.length * NOTE_ROW_PX;
  const areaAt = (row: number, column: number): Panel => ({
    ...{ left: left + column * (width + GAP_PX), top: top + row * (ROW_PX + GAP_PX), width, height: ROW_PX },
    x: { min: 0, max: 1, isLog: false, ticks: [] },
    y: drawn.y,
  });
  return {
    ...{ name: drawn.name, caption: drawn.caption, width: COLUMN_WIDTH_PX, height },
    config: { type: "line", data: { datasets: [] }, options: panelOptions(COLUMN_WIDTH_PX, height) },
    marks: [
      headerMark(drawn.header),
      ...columns.map((name, column) =>
        textAt(name, areaAt(0, column).left + width / 2, 34, { align: "center", size: TEXT_PX.label }),
      ),
      ...rows.flatMap((name, row): readonly Mark[] => {
        const lines = wrapText(name, TEXT_PX.note, NAMES_PX - 10);
        return lines.map((line, index) =>
          textAt(line, 6, areaAt(row, 0).top + ROW_PX / 2 + (index - (lines.length - 1) / 2) * 14, {
            align: "left",
          }),
        );
      }),
      ...cells.flatMap((line, row) =>
        line.flatMap((cell, column) => cellMarks(cell, areaAt(row, column), column === 0, drawn.color)),
      ),
      textAt("experts 1 to E, from the left", left + (COLUMN_WIDTH_PX - left - 10) / 2, bottom + 16, {
        align: "center",
      }),
      ...note.at(bottom + 40),
    ],
  };
}

function cellMarks(
  { values, chance }: BarCell,
  area: Panel,
  isFirst: boolean,
  color: string,
): readonly Mark[] {
  const step = area.width / Math.max(1, values.length);
  const gap = step > 5 ? 2 : step > 2.5 ? 1 : 0;
  const floor = yOf(area, area.y.min);
  const level = yOf(area, Math.min(area.y.max, chance));
  return [
    ...axesOf(area, { x: false, y: isFirst }),
    ...values.map((value, index): Mark => {
      const x = area.left + index * step;
      return { kind: "box", x: [x + gap / 2, x + step - gap / 2], y: [yOf(area, value), floor], color };
    }),
    {
      kind: "segment",
      ...{ from: [area.left, level], to: [area.left + area.width, level] },
      ...{ color: INK.text, dash: [4, 3], width: 1, place: "front" },
    },
  ];
}
