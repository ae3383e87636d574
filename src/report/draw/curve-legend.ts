import type { Mark } from "./chart-spec.ts";
import { COLUMN_WIDTH_PX, LEGEND_ROW_PX, LEGEND_TEXT_PX, NOTE_ROW_PX, noteMarks, TEXT_PX } from "./layout.ts";
import { fitText, textWidth } from "./text.ts";
import type { VariantStyle } from "./palette.ts";

const LEGEND_LEFT_PX = 8;
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** What names a line in the picture: a letter, and after 52 of them a number. */
export function tagOf(index: number): string {
  return LETTERS[index] ?? String(index + 1);
}

/** How a variant is drawn as a curve. */
export interface Line {
  readonly variant: string;
  readonly label: string;
  readonly style: VariantStyle;
  readonly width: number;
  readonly tag: string;
}

/** The legend above the notes, in two columns where they fit, and the height of both in pixels. */
export function legendOf(
  lines: readonly Line[],
  notes: readonly string[],
): { marks: readonly Mark[]; height: number } {
  const size = TEXT_PX.note;
  const half = Math.ceil(lines.length / 2);
  const widthOf = (column: readonly Line[]): number =>
    LEGEND_TEXT_PX + Math.max(...column.map(({ label }) => textWidth(label, size)));
  const second = LEGEND_LEFT_PX + widthOf(lines.slice(0, half)) + LEGEND_LEFT_PX;
  const two = lines.length > 1 && second + widthOf(lines.slice(half)) <= COLUMN_WIDTH_PX;
  const columns = two ? [LEGEND_LEFT_PX, second] : [LEGEND_LEFT_PX];
  const bottom = notes.length * NOTE_ROW_PX + 4;
  const entries = lines.map(({ style, label, tag, width }) => ({
    tag,
    text: fitText(label, size, COLUMN_WIDTH_PX - LEGEND_LEFT_PX - LEGEND_TEXT_PX),
    color: style.color,
    dash: style.dash,
    ...(style.shape !== "circle" && { shape: style.shape }),
    width,
  }));
  return {
    marks: [{ kind: "legend", size, columns, bottom, entries }, ...noteMarks(notes)],
    height: (two ? half : lines.length) * LEGEND_ROW_PX + bottom,
  };
}
