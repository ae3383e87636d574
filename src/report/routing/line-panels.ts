import type { ChartSpec, Dataset, Mark } from "../draw/chart-spec.ts";
import { COLUMN_WIDTH_PX, NOTE_ROW_PX, TEXT_PX } from "../draw/layout.ts";
import { translucent, type VariantStyle } from "../draw/palette.ts";
import { bandIn, curveIn, pointsIn } from "../draw/panel-data.ts";
import { areaOf, panelGrid, titleMarks } from "../draw/panel-grid.ts";
import { axesOf, headerMark, paragraph, textAt } from "../draw/panel-marks.ts";
import { panelOptions, type Panel, type PanelAxis } from "../draw/panel.ts";
import { seriesLegend } from "../draw/series-legend.ts";

/** A point of a curve, with its interval over seeds and what chance would be. */
interface LinePoint {
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number | null;
  readonly chance: number | null;
}

/** One curve of a panel. */
export interface Line {
  readonly label: string;
  readonly style: VariantStyle;
  readonly points: readonly LinePoint[];
}

/** What small multiples of curves are drawn from. */
export interface LinePanels {
  readonly name: string;
  readonly caption: string;
  /** What the values are, above the panels; what x is, below them. */
  readonly yTitle: string;
  readonly xTitle: string;
  readonly x: PanelAxis;
  readonly y: PanelAxis;
  readonly panels: readonly {
    readonly title: string;
    readonly lines: readonly Line[];
  }[];
  /** Below the legend. */
  readonly note: string;
}

const PANEL_PX = 120;

/** Curves with intervals, in panels; chance is dashed, in the curve's own colour. */
export function linePanels(drawn: LinePanels): ChartSpec {
  const grid = panelGrid(
    drawn.panels.map(({ title }) => title),
    { panelHeight: PANEL_PX, top: 26, below: 0, ticks: drawn.y.ticks },
  );
  const panels = drawn.panels.flatMap((one, index) => {
    const place = grid.places[index];
    if (place === undefined) return [];
    return [{ ...one, place, area: { ...areaOf(place), x: drawn.x, y: drawn.y } }];
  });
  const lines = [
    ...new Map(drawn.panels.flatMap((one) => one.lines).map((line) => [line.label, line])).values(),
  ];
  const legend = seriesLegend(
    lines.map(({ label, style }) => ({ label, ...style, dash: [] })),
    grid.bottom + 58,
  );
  const note = paragraph(drawn.note);
  const height = legend.bottom + 16 + note.length * NOTE_ROW_PX;
  const centre = { align: "center", size: TEXT_PX.label } as const;
  return {
    ...{ name: drawn.name, caption: drawn.caption, width: COLUMN_WIDTH_PX, height },
    config: {
      type: "line",
      data: {
        datasets: [...panels.flatMap(({ lines: own, area }) => datasetsOf(own, area)), ...legend.datasets],
      },
      options: panelOptions(COLUMN_WIDTH_PX, height),
    },
    marks: [
      headerMark(drawn.yTitle),
      ...panels.flatMap(({ place, area }): readonly Mark[] => [
        ...titleMarks(place, ""),
        ...axesOf(area, { x: place.isLowest, y: place.isFirst }),
      ]),
      textAt(drawn.xTitle, COLUMN_WIDTH_PX / 2, grid.bottom + 34, centre),
      ...legend.marks,
      ...note.at(legend.bottom + 14),
    ],
  };
}

function datasetsOf(lines: readonly Line[], area: Panel): readonly Dataset[] {
  return lines.flatMap(({ label, style, points }): Dataset[] => {
    const { color } = style;
    const band = points.flatMap(({ x, y, halfWidth }) =>
      halfWidth === null ? [] : [{ x, low: y - halfWidth, high: y + halfWidth }],
    );
    const chance = points.flatMap(({ x, chance: y }) => (y === null ? [] : [{ x, y }]));
    return [
      ...(band.length < 2 ? [] : [bandIn(area, band, `${label}: interval`, translucent(color, 0.16))]),
      curveIn(area, chance, { label: `${label}: chance`, color, dash: [3, 3], width: 1.25 }),
      curveIn(area, points, { label, color, dash: [], width: 2 }),
      pointsIn(area, points, {
        label: `${label}: points`,
        color,
        radius: 3,
        isHollow: false,
        shape: style.shape,
      }),
    ];
  });
}
