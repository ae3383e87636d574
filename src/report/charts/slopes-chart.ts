import { mean } from "simple-statistics";
import type { Comparison } from "../../analysis/comparison.ts";
import type { Summary, SummaryRow } from "../../analysis/summary.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import { paddedRange } from "../draw/axis-range.ts";
import { byEffect } from "./by-effect.ts";
import type { ChartSpec, Dataset, Mark } from "../draw/chart-spec.ts";
import { signNotes, signedLabel } from "./dot-rows.ts";
import { baselineLabel, effectWords } from "./labels.ts";
import { COLUMN_WIDTH_PX, INK, NOTE_ROW_PX, noteMarks, TEXT_PX } from "../draw/layout.ts";
import { translucent, variantStyles, type VariantStyle } from "../draw/palette.ts";
import {
  areaOf,
  MOST_PANELS,
  panelGrid,
  titleMarks,
  TITLE_ROW_PX,
  type PanelPlace,
} from "../draw/panel-grid.ts";
import { curveIn, pointsIn } from "../draw/panel-data.ts";
import { axesOf, headerMark, levelIn, textAt } from "../draw/panel-marks.ts";
import { panelOptions, type Panel } from "../draw/panel.ts";
import { linearTicks, signedNumber } from "../draw/ticks.ts";

const PANEL_PX = 112;
/** Wider slopes are flat. */
const WIDEST_PX = 200;
/** Where baseline and variant stand in a panel, as shares of its width. */
const ENDS = [0.2, 0.8] as const;

/**
 * Every pair of runs as a line from the baseline's loss to the variant's at the same seed, a panel a variant. Parallel lines mean
 * that seeds lift both ends alike, and pairing them pays; crossing ones that the effect is not the same for every seed. Losses
 * are relative to the baseline's mean over the pairs, so that panels of a grid share one scale.
 * @returns null without a pair of finished runs, and for more than 60 variants.
 */
export function slopesChart(results: ExperimentResults, summary: Summary): ChartSpec | null {
  const rows = byEffect(summary.rows);
  if (rows.length === 0 || rows.length > MOST_PANELS) return null;
  const styles = variantStyles(results.record.experiment.variants);
  const axes = axesFor(rows);
  const grid = panelGrid(rows.map(signedLabel), {
    panelHeight: PANEL_PX,
    top: 24,
    below: TITLE_ROW_PX,
    ticks: axes.y.ticks,
    mostWidth: WIDEST_PX,
  });
  const drawn = rows.flatMap((row, index) => {
    const place = grid.places[index];
    const style = styles.get(row.variant);
    if (place === undefined || style === undefined || row.comparison === null) return [];
    const base = styles.get(row.comparedWith ?? "") ?? { color: INK.quiet, shape: "circle" as const };
    return [
      {
        row,
        place,
        panel: { ...areaOf(place), ...axes },
        comparison: row.comparison,
        style,
        base,
      },
    ];
  });
  const baseline = baselineLabel(results, summary);
  const notes = ["a line a seed, thick: their mean; rising: worse", ...signNotes(rows)];
  const height = grid.bottom + 26 + notes.length * NOTE_ROW_PX;
  return {
    name: "slopes",
    caption:
      `Every pair of runs: a line from the loss of ${baseline} (left) to that of the variant (right) at the same seed, relative to the ` +
      "mean of the baseline; the thick line joins the means. Lines that run alike are seeds that lift both, which pairing removes.",
    width: COLUMN_WIDTH_PX,
    height,
    config: {
      type: "line",
      data: { datasets: drawn.flatMap(datasetsOf) },
      options: panelOptions(COLUMN_WIDTH_PX, height),
    },
    marks: [
      headerMark(`${summary.metric.label} relative to the mean of ${baseline} (%)`),
      ...drawn.flatMap(({ row, place, panel }) => marksOf(panel, place, row)),
      ...noteMarks(notes),
    ],
  };
}

/** Losses of baseline and variant, in percent of the baseline's mean over the pairs. */
function endsOf({ pairs, baselineMean, scale }: Comparison): readonly (readonly [number, number])[] {
  const relative = (loss: number): number => ((loss - baselineMean) / scale) * 100;
  return pairs.map(({ baseline, variant }) => [relative(baseline), relative(variant)]);
}

/** One pair of axes for all panels. */
function axesFor(rows: readonly SummaryRow[]): Pick<Panel, "x" | "y"> {
  const range = paddedRange(
    rows.flatMap(({ comparison }) => (comparison === null ? [] : endsOf(comparison).flat())),
    0.06,
  );
  return {
    x: { min: 0, max: 1, isLog: false, ticks: [] },
    y: { ...range, isLog: false, ticks: linearTicks(range, 6, signedNumber) },
  };
}

function datasetsOf({
  row,
  panel,
  comparison,
  style: { color, shape },
  base,
}: {
  readonly row: SummaryRow;
  readonly panel: Panel;
  readonly comparison: Comparison;
  readonly style: Pick<VariantStyle, "color" | "shape">;
  /** The baseline's. */
  readonly base: Pick<VariantStyle, "color" | "shape">;
}): readonly Dataset[] {
  const ends = endsOf(comparison);
  const points = (side: 0 | 1, values: readonly number[]) => values.map((y) => ({ x: ENDS[side], y }));
  const joined = (baseline: number, variant: number) => [...points(0, [baseline]), ...points(1, [variant])];
  const [baselines, variants] = [ends.map(([baseline]) => baseline), ends.map(([, variant]) => variant)];
  const means = [mean(baselines), mean(variants)] as const;
  const thin = { color: translucent(color, 0.5), dash: [], width: 1 };
  const run = { radius: 2, isHollow: false, shape: "circle" } as const;
  const all = { ...run, radius: 4 };
  const { label } = row;
  // The first is on top.
  return [
    pointsIn(panel, points(0, [means[0]]), { ...all, label: `${label}: baseline's mean`, ...base }),
    pointsIn(panel, points(1, [means[1]]), { ...all, label, color, shape, isHollow: !row.causal }),
    curveIn(panel, joined(...means), { label: `${label}: mean`, color, dash: [], width: 2.5 }),
    pointsIn(panel, points(0, baselines), {
      ...run,
      label: `${label}: baseline`,
      color: translucent(base.color, 0.7),
    }),
    pointsIn(panel, points(1, variants), { ...run, label: `${label}: runs`, color: translucent(color, 0.7) }),
    ...ends.map((pair, index) =>
      curveIn(panel, joined(...pair), { ...thin, label: `${label}: seed ${comparison.pairs[index]?.seed}` }),
    ),
  ];
}

function marksOf(panel: Panel, place: PanelPlace, row: SummaryRow): readonly Mark[] {
  return [
    ...axesOf(panel, { x: false, y: place.isFirst }),
    ...levelIn(panel, 0, { color: INK.text, dash: [], width: 1 }),
    ...(place.isLowest ? ENDS : []).map((share, index) =>
      textAt(
        index === 0 ? "baseline" : "variant",
        place.left + share * place.width,
        place.top + place.height + 10,
        {
          align: "center",
          size: TEXT_PX.cell,
          color: INK.quiet,
        },
      ),
    ),
    ...titleMarks(place, effectWords(row)),
  ];
}
