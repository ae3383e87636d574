import type { AskedSummary } from "../../analysis/answers/asked-text.ts";
import type { SeedsMeasure } from "../../analysis/routing/over-seeds.ts";
import type { ExpertRow, RoutingAnalysis } from "../../analysis/routing/results.ts";
import { plural } from "../../core/plural.ts";
import type { ChartSpec } from "../draw/chart-spec.ts";
import { compactCount } from "../draw/ticks.ts";

/** Everything that figures of routing are drawn from. */
export interface RoutingToDraw {
  readonly analysis: RoutingAnalysis;
  /** Means over seeds. */
  readonly summary: readonly SeedsMeasure[];
  /** Means over seeds of what was asked about text. */
  readonly asked: readonly AskedSummary[];
  /** How a variant is called. */
  readonly labelOf: (variant: string) => string;
}

/** A figure, and the table of the numbers in it. */
export interface RoutingFigure {
  readonly spec: ChartSpec;
  readonly table: {
    readonly columns: readonly string[];
    readonly rows: readonly (readonly (string | number | null)[])[];
  };
}

/** Intervals over fewer seeds say nothing but that; they are in the tables. */
const LEAST_SEEDS = 3;

/** Half of an interval, as far as one is drawn. */
export function bandOf({ halfWidth, seeds }: SeedsMeasure): number | null {
  return seeds < LEAST_SEEDS ? null : halfWidth;
}

/** Whose experts are drawn, for captions; of a model made elsewhere only its name is known. */
export function aboutOf(
  label: string,
  { seed, step }: Pick<ExpertRow, "seed" | "step">,
  tokens: number,
): string {
  const count = compactCount(tokens);
  return step === 0
    ? `${label}, ${count} tokens`
    : `${label}, seed ${seed}, end of training, ${count} validation tokens`;
}

/** n, tokens and what chance is, for captions. */
export function sampleOf({ analysis, summary }: RoutingToDraw): string {
  if (summary.every(({ step }) => step === 0)) return `${compactCount(analysis.tokens)} tokens`;
  const seeds = Math.max(1, ...summary.map((row) => row.seeds));
  return `${compactCount(analysis.tokens)} validation tokens; mean of up to ${plural(seeds, "seed")}${seeds < LEAST_SEEDS ? "" : ", bands: 95 % interval"}`;
}

const SUMMARY_COLUMNS = [
  "variant",
  "layer",
  "domain",
  "measure",
  "share_of_training",
  "mean",
  "half_width",
  "chance",
  "seeds",
];

/** The numbers of a figure of means. @param shareOf percent of training. */
export function tableOf(
  rows: readonly SeedsMeasure[],
  shareOf: (row: SeedsMeasure) => number | null,
): RoutingFigure["table"] {
  return {
    columns: SUMMARY_COLUMNS,
    rows: rows.map((row) => [
      ...[row.variant, row.layer, row.domain, row.measure, shareOf(row)],
      ...[row.value, row.halfWidth, row.chance, row.seeds],
    ]),
  };
}

/** At most eight layers, spread evenly, first and last among them. */
export function shownLayers(layers: readonly number[]): readonly number[] {
  const all = [...new Set(layers)].sort((a, b) => a - b);
  const most = 4;
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))] ?? 0);
}

/** Rows of the end of each variant's training. */
export function lastOf<Row extends { readonly variant: string; readonly step: number }>(
  rows: readonly Row[],
): Row[] {
  return groupsOf(rows, ({ variant }) => variant).flatMap(([, own]) => {
    const last = Math.max(...own.map(({ step }) => step));
    return own.filter(({ step }) => step === last);
  });
}

/** Experts of different seeds do not correspond: those of the first. */
export function firstSeedOf<Row extends { readonly seed: number }>(rows: readonly Row[]): Row[] {
  const [first] = rows;
  return rows.filter(({ seed }) => seed === first?.seed);
}

/** Rows by a key, in the order of their first. */
export function groupsOf<Row>(rows: readonly Row[], keyOf: (row: Row) => string): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return [...groups];
}

/** A variant's name as part of a file's. */
export function slug(variant: string): string {
  return variant.replaceAll(/[^\w-]+/g, "-").replaceAll(/^-+|-+$/g, "") || "variant";
}
