import type { Shape } from "./palette.ts";
import type { Dataset, Mark } from "./chart-spec.ts";
import { COLUMN_WIDTH_PX, LEGEND_ROW_PX, TEXT_PX } from "./layout.ts";
import { wrapText } from "./text.ts";
import { textAt } from "./panel-marks.ts";

/** How a series of points is drawn; its label stands in the legend. */
export interface Series {
  readonly label: string;
  readonly color: string;
  readonly dash: readonly number[];
  readonly shape: Shape;
}

const LEFT_PX = 12;
const SAMPLE_PX = 26;

/**
 * A legend of one row a series, or more where its label is long; none where nothing tells series apart (a single one without a
 * label).
 * @param top middle of its first row, in pixels from the top of the picture.
 * @returns its lines and texts, its points as data sets, and its lower edge.
 */
export function seriesLegend(
  series: readonly Series[],
  top: number,
): { readonly marks: readonly Mark[]; readonly datasets: readonly Dataset[]; readonly bottom: number } {
  if (series.every(({ label }) => label === "")) {
    return { marks: [], datasets: [], bottom: top - LEGEND_ROW_PX / 2 };
  }
  let y = top;
  const datasets: Dataset[] = [];
  const marks = series.flatMap(({ label, color, dash, shape }): Mark[] => {
    const lines = wrapText(label, TEXT_PX.note, COLUMN_WIDTH_PX - LEFT_PX - SAMPLE_PX - 20);
    const row = y;
    y += lines.length * LEGEND_ROW_PX;
    datasets.push({
      type: "scatter",
      label: `${label}: legend`,
      data: [{ x: LEFT_PX + SAMPLE_PX / 2, y: row }],
      pointStyle: shape,
      radius: 4.5,
      borderWidth: 0,
      backgroundColor: color,
    });
    return [
      {
        kind: "segment",
        from: [LEFT_PX, row],
        to: [LEFT_PX + SAMPLE_PX, row],
        color,
        dash,
        width: 1.5,
        place: "behind",
      },
      ...lines.map((line, index) =>
        textAt(line, LEFT_PX + SAMPLE_PX + 8, row + index * LEGEND_ROW_PX, { align: "left" }),
      ),
    ];
  });
  return { marks, datasets, bottom: y - LEGEND_ROW_PX / 2 };
}
