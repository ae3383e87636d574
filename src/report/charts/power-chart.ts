import type { Summary, SummaryRow } from "../../analysis/summary.ts";
import { powerOfPairedT } from "../../analysis/power.ts";
import type { ExperimentResults } from "../../records/experiment.ts";
import type { ChartSpec, Dataset, Mark } from "../draw/chart-spec.ts";
import { percent } from "./labels.ts";
import { COLUMN_WIDTH_PX, INK, NOTE_ROW_PX, noteMarks, TEXT_PX } from "../draw/layout.ts";
import { textWidth } from "../draw/text.ts";
import { translucent } from "../draw/palette.ts";
import { bandIn, curveIn, pointsIn } from "../draw/panel-data.ts";
import { axesOf, headerMark, levelIn, textAt } from "../draw/panel-marks.ts";
import { panelOptions, xOf, yOf, type Panel } from "../draw/panel.ts";
import { spread } from "../draw/spread.ts";
import { linearTicks } from "../draw/ticks.ts";

/** Power that an experiment is planned for. */
const WANTED = 0.8;
const PANEL_PX = 210;
const LABELS_PX = 74;
/** The axis of seeds ends where the margin is seen with 90 % power, but not later than here, nor before twice today's seeds. */
const MOST_SEEDS = 64;
/** True differences that the curves are for, in margins. */
const EFFECTS = [
  { margins: 1, color: "#0072b2", dash: [] },
  { margins: 2, color: "#d55e00", dash: [7, 3] },
] as const;

/** Spread of the paired differences, as a share of the baseline's mean: of the typical variant, and of the extremes. */
interface PairSpread {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

/**
 * Power against seeds: the chance that the paired t-test finds a true difference of one margin and of two, with the spread of
 * pairs that this experiment measured, and where its seeds stand today.
 * @returns null without two pairs of a variant, or without a margin or any spread.
 */
export function powerChart(_: ExperimentResults, summary: Summary): ChartSpec | null {
  const rows = judgedRows(summary.rows);
  const spreads = spreadOf(rows);
  if (spreads === null || !(summary.margin > 0)) return null;
  // Looks at growing data share alpha; a test is held against the level of its look.
  const level = summary.looks.paid.at(-1)?.level ?? summary.alpha;
  const today = Math.max(...rows.map(({ comparison }) => comparison?.pairs.length ?? 0));
  const powerAt = (margins: number, sd: number, n: number): number =>
    powerOfPairedT(margins * summary.margin, sd, n, level);
  const last = lastSeeds(today, (n) => powerAt(1, spreads.median, n));
  const seeds = Array.from({ length: last - 1 }, (_, index) => index + 2);
  const panel = panelOf(last);
  const curves = EFFECTS.map((effect) => ({
    ...effect,
    label: percent(effect.margins * summary.margin),
    points: seeds.map((n) => ({
      x: n,
      y: powerAt(effect.margins, spreads.median, n),
      low: powerAt(effect.margins, spreads.most, n),
      high: powerAt(effect.margins, spreads.least, n),
    })),
    now: powerAt(effect.margins, spreads.median, today),
  }));
  const notes = [
    `spread of pairs: ${percent(spreads.median)} of the loss` +
      (rows.length === 1
        ? `, from ${today} pairs`
        : ` (median); bands: ${percent(spreads.least)} to ${percent(spreads.most)}`),
    `one comparison at ${percent(level)}; several need more`,
  ];
  const height = panel.top + panel.height + 48 + notes.length * NOTE_ROW_PX;
  return {
    name: "power",
    caption:
      `Power of the paired t-test (one comparison, two-sided at ${percent(level)}) against seeds, for a true difference of the ` +
      `margin (${percent(summary.margin)}) and of twice that, at the spread of paired differences that this experiment measured; points: ` +
      `with today's ${today} seeds.`,
    width: COLUMN_WIDTH_PX,
    height,
    config: {
      type: "line",
      data: {
        datasets: datasetsOf(panel, curves, today),
      },
      options: panelOptions(COLUMN_WIDTH_PX, height),
    },
    marks: [
      headerMark("chance to find a true difference"),
      ...axesOf(panel, { x: true, y: true }),
      ...levelIn(panel, WANTED, { color: INK.quiet, dash: [5, 3], width: 1.25 }),
      ...todayMarks(panel, today),
      ...endLabels(panel, curves),
      textAt("seeds", panel.left + panel.width / 2, panel.top + panel.height + 34, {
        align: "center",
        size: TEXT_PX.label,
      }),
      ...noteMarks(notes),
    ],
  };
}

/** Variants with a spread: controls aside, where there are others. */
function judgedRows(rows: readonly SummaryRow[]): readonly SummaryRow[] {
  const tested = rows.filter(({ comparison }) => comparison?.test != null);
  const variants = tested.filter(({ role }) => role === "variant");
  return variants.length > 0 ? variants : tested;
}

function spreadOf(rows: readonly SummaryRow[]): PairSpread | null {
  const sds = rows
    .flatMap(({ comparison }) =>
      comparison?.test == null || comparison.scale === 0
        ? []
        : [comparison.test.sd / Math.abs(comparison.scale)],
    )
    .sort((a, b) => a - b);
  const [least, most] = [sds[0], sds.at(-1)];
  if (least === undefined || most === undefined || most === 0) return null;
  const middle = (sds.length - 1) / 2;
  const median = ((sds[Math.floor(middle)] ?? 0) + (sds[Math.ceil(middle)] ?? 0)) / 2;
  return { least, median, most };
}

function lastSeeds(today: number, powerOfMargin: (n: number) => number): number {
  let last = Math.max(8, 2 * today);
  while (last < MOST_SEEDS && powerOfMargin(last) < 0.9) last += 1;
  return last;
}

function panelOf(last: number): Panel {
  const seeds = { min: 2, max: last };
  const shares = { min: 0, max: 1 };
  const inPercent = (value: number): string => `${Math.round(value * 100)} %`;
  return {
    left: 52,
    top: 30,
    width: COLUMN_WIDTH_PX - 52 - LABELS_PX,
    height: PANEL_PX,
    x: { ...seeds, isLog: false, ticks: linearTicks(seeds, 8) },
    y: { ...shares, isLog: false, ticks: linearTicks(shares, 6, inPercent) },
  };
}

/** Power over seeds, and now. */
interface EffectCurve {
  readonly label: string;
  readonly margins: number;
  readonly color: string;
  readonly dash: readonly number[];
  readonly now: number;
  readonly points: readonly Readonly<Record<"x" | "y" | "low" | "high", number>>[];
}

/** Points of today, curves, bands: the first is on top. */
function datasetsOf(panel: Panel, curves: readonly EffectCurve[], today: number): Dataset[] {
  return [
    ...curves.map(({ label, color, now }) =>
      pointsIn(panel, [{ x: today, y: now }], {
        label: `${label}: today`,
        color,
        radius: 5,
        isHollow: false,
        shape: "circle",
      }),
    ),
    ...curves.map(({ label, color, dash, points }) =>
      curveIn(panel, points, { label, color, dash, width: 2 }),
    ),
    ...curves.map(({ label, color, points }) =>
      bandIn(panel, points, `${label}: band`, translucent(color, 0.14)),
    ),
  ];
}

/** A line at today's seeds. */
function todayMarks(panel: Panel, today: number): readonly Mark[] {
  const x = xOf(panel, today);
  const bottom = panel.top + panel.height;
  const words = `today: ${today} seeds`;
  const fits = x + 8 + textWidth(words, TEXT_PX.note) <= panel.left + panel.width;
  return [
    {
      kind: "segment",
      from: [x, panel.top],
      to: [x, bottom],
      color: INK.quiet,
      dash: [2, 3],
      width: 1.25,
      place: "behind",
    },
    textAt(words, fits ? x + 8 : x - 8, bottom - 10, { align: fits ? "left" : "right", color: INK.quiet }),
  ];
}

/** What each curve is for and where it stands today, beside its end. */
function endLabels(panel: Panel, curves: readonly EffectCurve[]): readonly Mark[] {
  const right = panel.left + panel.width + 6;
  const ends = curves.map(({ points }) => yOf(panel, points.at(-1)?.y ?? 0));
  const places = spread(ends, 56, panel.top + 8, panel.top + panel.height - 36);
  const quiet = { align: "left", size: TEXT_PX.cell, color: INK.quiet } as const;
  return curves.flatMap(({ label, margins, color, now }, index) => {
    const top = places[index] ?? 0;
    return [
      textAt(label, right, top, { align: "left", color, bold: true }),
      textAt(margins === 1 ? "the margin" : `${margins} margins`, right, top + 14, quiet),
      textAt(`now ${Math.round(now * 100)} %`, right, top + 28, { ...quiet, color: INK.text }),
    ];
  });
}
