import type { Summary, SummaryRow } from "../../analysis/summary.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { paddedRange, type Range } from "../draw/axis-range.ts";
import type { ChartSpec, Dataset, Mark } from "../draw/chart-spec.ts";
import { legendOf, tagOf, type Line } from "../draw/curve-legend.ts";
import { COLUMN_WIDTH_PX, INK, MARGIN_COLOR, TEXT_PX } from "../draw/layout.ts";
import { variantStyles } from "../draw/palette.ts";
import { pointsIn } from "../draw/panel-data.ts";
import { axesOf, headerMark, levelIn, stripIn, textAt } from "../draw/panel-marks.ts";
import { panelOptions, xOf, yOf, type Panel } from "../draw/panel.ts";
import { compactCount, linearTicks, signedNumber } from "../draw/ticks.ts";
import { signNotes, signedLabel } from "./dot-rows.ts";
import { baselineLabel } from "./labels.ts";

/** With fewer variants the table says it better. */
const LEAST_VARIANTS = 6;
const LEFT_PX = 50;
const RIGHT_PX = 14;
const PANEL_PX = 250;
/** Below a panel: its ticks and its title. */
const BELOW_PX = 62;
/** A quantity in which variants differ by less, as a share of the largest, has no panel. */
const LEAST_SPREAD = 0.01;

/** A variant with the numbers that are set against each other. */
interface Point {
  readonly line: Line;
  /** Of the loss from the baseline's, a share. */
  readonly difference: number;
  readonly row: SummaryRow;
}

/** What the difference in loss is set against. */
interface Against {
  readonly title: string;
  readonly of: (row: SummaryRow) => number | null;
  readonly text: (value: number) => string;
}

/** The busiest expert's share, in even shares: of a dense model, which has one expert, it says nothing. */
function busiest(experts: ReadonlyMap<string, number>): Against {
  return {
    title: "load of the busiest expert, in even shares (balance: 1)",
    of: ({ variant, maxLoadShare }) => {
      const E = experts.get(variant) ?? 1;
      return maxLoadShare === null || E === 1 ? null : maxLoadShare * E;
    },
    text: String,
  };
}

const COMPUTE: Against = {
  title: "forward FLOPs per token, with the experts that were measured",
  of: ({ cost }) => cost.forwardFlopsPerToken,
  text: compactCount,
};

/**
 * What a router pays for its loss: the difference from the baseline (mean over pairs) against how uneven its load is, and against compute. Of
 * experiments with at least six variants, and only where they differ in it.
 * @returns null where there is nothing to set against each other.
 */
export function tradeOffChart(results: ExperimentResults, summary: Summary): ChartSpec | null {
  const points = pointsOf(results, summary);
  if (points.length < LEAST_VARIANTS) return null;
  const { variants } = results.record.experiment;
  const experts = new Map(variants.map(({ name, settings }) => [name, settings.model.experts]));
  const shown = [busiest(experts), COMPUTE].filter((against) => differ(points, against));
  if (shown.length === 0) return null;
  const legend = legendOf(
    points.map(({ line }) => line),
    signNotes(summary.rows),
  );
  const height = 24 + shown.length * (PANEL_PX + BELOW_PX) + legend.height;
  const y = paddedRange([0, ...points.map(({ difference }) => 100 * difference)], 0.06);
  const panels = shown.map((against, index) => drawn(points, against, y, 24 + index * (PANEL_PX + BELOW_PX)));
  const baseline = baselineLabel(results, summary);
  return {
    name: "trade-off",
    caption:
      `Difference in ${summary.metric.name} from ${baseline} (mean over pairs) against ${shown.map(({ title }) => title).join("; and against ")}. ` +
      "Down is better; grey: the equivalence margin.",
    width: COLUMN_WIDTH_PX,
    height,
    config: {
      type: "line",
      data: { datasets: panels.flatMap(({ datasets }) => datasets) },
      options: panelOptions(COLUMN_WIDTH_PX, height),
    },
    marks: [
      headerMark(`loss against ${baseline} (%)`),
      ...panels.flatMap(({ panel, marks }) => [
        stripIn(panel, -100 * summary.margin, 100 * summary.margin, MARGIN_COLOR),
        ...marks,
      ]),
      ...legend.marks,
    ],
  };
}

/** The baseline stands at zero; from the best to the worst. */
function pointsOf(results: ExperimentResults, summary: Summary): readonly Point[] {
  const styles = variantStyles(results.record.experiment.variants);
  const found = summary.rows.flatMap((row) => {
    const style = styles.get(row.variant);
    const difference = row.role === "baseline" ? 0 : row.comparison?.relative.mean;
    return style === undefined || difference === undefined || Number.isNaN(difference) || row.metric === null
      ? []
      : [{ row, style, difference }];
  });
  return found
    .sort((a, b) => a.difference - b.difference)
    .map(({ row, style, difference }, index) => ({
      row,
      difference,
      line: {
        variant: row.variant,
        label: signedLabel(row),
        style,
        width: 2,
        tag: tagOf(index),
      },
    }));
}

function differ(points: readonly Point[], against: Against): boolean {
  const values = points.flatMap(({ row }) => against.of(row) ?? []);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.length >= LEAST_VARIANTS && high - low > LEAST_SPREAD * high;
}

function drawn(
  points: readonly Point[],
  against: Against,
  y: Range,
  top: number,
): { readonly panel: Panel; readonly datasets: readonly Dataset[]; readonly marks: readonly Mark[] } {
  const there = points.flatMap((point) => {
    const x = against.of(point.row);
    return x === null ? [] : [{ ...point, x }];
  });
  const x = paddedRange(
    there.map((point) => point.x),
    0.06,
  );
  const panel: Panel = {
    left: LEFT_PX,
    top,
    width: COLUMN_WIDTH_PX - LEFT_PX - RIGHT_PX,
    height: PANEL_PX,
    x: { ...x, isLog: false, ticks: linearTicks(x, 6, against.text) },
    y: { ...y, isLog: false, ticks: linearTicks(y, 6, signedNumber) },
  };
  return {
    panel,
    datasets: there.map(({ line, difference, x: at, row }) =>
      pointsIn(panel, [{ x: at, y: 100 * difference }], {
        label: line.label,
        color: line.style.color,
        radius: 4,
        isHollow: !row.causal,
        shape: line.style.shape,
      }),
    ),
    marks: [
      ...axesOf(panel, { x: true, y: true }),
      ...levelIn(panel, 0, { color: INK.text, dash: [], width: 1 }),
      ...there.map(({ line, difference, x: at }) =>
        textAt(line.tag, xOf(panel, at) + 8, yOf(panel, 100 * difference) - 8, {
          align: "center",
          color: line.style.color,
          bold: true,
        }),
      ),
      textAt(against.title, LEFT_PX + panel.width / 2, top + PANEL_PX + 34, {
        align: "center",
        size: TEXT_PX.label,
      }),
    ],
  };
}
