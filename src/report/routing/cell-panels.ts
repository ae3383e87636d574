import type { ChartSpec, Mark } from "../draw/chart-spec.ts";
import { COLUMN_WIDTH_PX, INK, NOTE_ROW_PX, TEXT_PX } from "../draw/layout.ts";
import { textOn } from "../draw/palette.ts";
import { headerMark, paragraph, textAt } from "../draw/panel-marks.ts";
import { panelOptions } from "../draw/panel.ts";

/** A square of values in colours. */
export interface CellPanel {
  readonly title: string;
  /** Names of rows and columns, from the top and the left. */
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** [row][column]; null is left empty. */
  readonly values: readonly (readonly (number | null)[])[];
}

/** What squares of values are drawn from. */
export interface CellPanels {
  readonly name: string;
  readonly caption: string;
  readonly header: string;
  readonly panels: readonly CellPanel[];
  readonly colorOf: (value: number) => string;
  readonly textOf: (value: number) => string;
  readonly bar: {
    readonly title: string;
    readonly colors: readonly string[];
    readonly ticks: readonly string[];
  };
  readonly note: string;
}

const LEFT_PX = 26;
const GAP_PX = 34;
const BAR_PX = 62;
/** Below this a cell holds no number. */
const LEAST_TEXT_PX = 21;
/** Room of a name above a column and beside a row; where cells are smaller, only some are named. */
const NAME_PX = { column: 20, row: 13 } as const;

/** Squares of one size side by side, two a row where there are several. */
export function cellPanels(drawn: CellPanels): ChartSpec {
  const most = Math.max(...drawn.panels.flatMap(({ columns, rows }) => [columns.length, rows.length]));
  const across = Math.min(2, drawn.panels.length);
  const size = Math.min(230, (COLUMN_WIDTH_PX - LEFT_PX - 12 - (across - 1) * GAP_PX) / across);
  const cell = size / most;
  const rowHeight = size + 44;
  const rows = Math.ceil(drawn.panels.length / across);
  const note = paragraph(drawn.note);
  const height = Math.round(24 + rows * rowHeight + note.length * NOTE_ROW_PX + BAR_PX + 8);
  const marks = drawn.panels.flatMap((panel, index) =>
    panelMarks(panel, {
      ...{ left: LEFT_PX + (index % across) * (size + GAP_PX), cell },
      top: 24 + Math.floor(index / across) * rowHeight + 34,
      ...drawn,
    }),
  );
  return {
    ...{ name: drawn.name, caption: drawn.caption, width: COLUMN_WIDTH_PX, height },
    config: { type: "line", data: { datasets: [] }, options: panelOptions(COLUMN_WIDTH_PX, height) },
    marks: [
      headerMark(drawn.header),
      ...marks,
      ...note.at(24 + rows * rowHeight + 6),
      { kind: "color-bar", size: TEXT_PX.note, ...drawn.bar },
    ],
  };
}

function panelMarks(
  { title, rows, columns, values }: CellPanel,
  at: Pick<CellPanels, "colorOf" | "textOf"> & {
    readonly left: number;
    readonly top: number;
    readonly cell: number;
  },
): readonly Mark[] {
  const { left, top, cell } = at;
  const hasText = cell >= LEAST_TEXT_PX;
  const isNamed = (index: number, room: number): boolean => index % Math.ceil(room / cell) === 0;
  const middle = (index: number): number => (index + 0.5) * cell;
  const small = { size: TEXT_PX.cell } as const;
  return [
    textAt(title, left, top - 24, { align: "left" }),
    ...columns.flatMap((name, index) =>
      isNamed(index, NAME_PX.column)
        ? [textAt(name, left + middle(index), top - 8, { align: "center", ...small })]
        : [],
    ),
    ...rows.flatMap((name, index) =>
      isNamed(index, NAME_PX.row)
        ? [textAt(name, left - 5, top + middle(index), { align: "right", ...small })]
        : [],
    ),
    ...values.flatMap((line, row) =>
      line.flatMap((value, column): readonly Mark[] => {
        const color = value === null ? "#f2f2f2" : at.colorOf(value);
        const [x, y] = [left + column * cell, top + row * cell];
        const gap = cell > 6 ? 1 : 0;
        return [
          { kind: "box", x: [x, x + cell - gap], y: [y, y + cell - gap], color },
          ...(hasText && value !== null
            ? [
                textAt(at.textOf(value), x + cell / 2, y + cell / 2, {
                  align: "center",
                  color: textOn(color),
                  ...small,
                }),
              ]
            : []),
        ];
      }),
    ),
    // White is a value, too.
    { kind: "box", x: [left - 1, left], y: [top, top + rows.length * cell], color: INK.axis },
    { kind: "box", x: [left, left + columns.length * cell], y: [top - 1, top], color: INK.axis },
  ];
}
