import type { Mark } from "./chart-spec.ts";
import { COLUMN_WIDTH_PX, INK, TEXT_PX } from "./layout.ts";
import { textWidth, wrapText } from "./text.ts";
import { textAt } from "./panel-marks.ts";
import type { Panel } from "./panel.ts";
import type { Tick } from "./ticks.ts";

/** Height of a line of a panel's title. */
export const TITLE_ROW_PX = 14;
/** More panels than this are no picture: a grid of that size is read in its table. */
export const MOST_PANELS = 60;
const GAP_PX = 14;
const BETWEEN_ROWS_PX = 14;

/** The place of a panel in a grid, in pixels, with its title's lines. */
export interface PanelPlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly title: readonly string[];
  /** Middle of the title's first line. */
  readonly titleTop: number;
  /** Whether it stands first in its row: there its values are written. */
  readonly isFirst: boolean;
  /** Whether no panel stands below it. */
  readonly isLowest: boolean;
}

/** Small multiples: where each panel stands. */
export interface PanelGrid {
  readonly places: readonly PanelPlace[];
  /** Lower edge of the lowest panel, in pixels from the top. */
  readonly bottom: number;
}

/**
 * Places panels of one size in rows, titles above them; the titles of a row have as much room as the longest needs.
 * @param titles one a panel, broken into lines here.
 * @param options sizes in pixels; `below` is room under each title; the texts of `ticks` have room at the left of each row.
 */
export function panelGrid(
  titles: readonly string[],
  options: {
    readonly panelHeight: number;
    readonly top: number;
    readonly below: number;
    readonly ticks: readonly Tick[];
    /** Of one panel; as wide as the picture allows when not given. */
    readonly mostWidth?: number;
  },
): PanelGrid {
  const { panelHeight, below, mostWidth = Infinity } = options;
  const columns = columnsFor(titles.length);
  const left = Math.max(...options.ticks.map(({ text }) => textWidth(text, TEXT_PX.note))) + 9;
  const room = Math.floor((COLUMN_WIDTH_PX - left - 10 - (columns - 1) * GAP_PX) / columns);
  const width = Math.min(room, mostWidth);
  const wrapped = titles.map((title) => wrapText(title, TEXT_PX.note, width));
  const places: PanelPlace[] = [];
  let top = options.top;
  for (let start = 0; start < titles.length; start += columns) {
    const row = wrapped.slice(start, start + columns);
    const header = Math.max(...row.map((lines) => lines.length)) * TITLE_ROW_PX + below + 4;
    row.forEach((title, column) => {
      places.push({
        left: left + column * (width + GAP_PX),
        top: top + header,
        width,
        height: panelHeight,
        title,
        // Titles stand on their panel, whatever the longest of the row is.
        titleTop: top + header - 4 - below - (title.length - 0.5) * TITLE_ROW_PX,
        isFirst: column === 0,
        isLowest: start + column + columns >= titles.length,
      });
    });
    top += header + panelHeight + BETWEEN_ROWS_PX;
  }
  return { places, bottom: top - BETWEEN_ROWS_PX };
}

/** Panels in a row: at most three, and four stand two by two. */
function columnsFor(panels: number): number {
  return panels === 4 ? 2 : Math.min(3, Math.max(1, panels));
}

/** A panel's title, and under it a line in quiet ink. */
export function titleMarks(place: PanelPlace, below: string): readonly Mark[] {
  return [
    ...place.title.map((line, index) =>
      textAt(line, place.left, place.titleTop + index * TITLE_ROW_PX, { align: "left" }),
    ),
    textAt(below, place.left, place.titleTop + place.title.length * TITLE_ROW_PX, {
      align: "left",
      size: TEXT_PX.cell,
      color: INK.quiet,
    }),
  ];
}

/** The area of a place, for a panel. */
export function areaOf({
  left,
  top,
  width,
  height,
}: PanelPlace): Pick<Panel, "left" | "top" | "width" | "height"> {
  return { left, top, width, height };
}
