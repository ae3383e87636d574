import { ALL_DOMAINS } from "../../analysis/routing/counts.ts";
import type { SeedsMeasure } from "../../analysis/routing/over-seeds.ts";
import type { ExpertRow, RoutingAnalysis } from "../../analysis/routing/results.ts";
import { plural } from "../../core/plural.ts";
import type { ChartSpec } from "../draw/chart-spec.ts";
import { mix, seriesStyle } from "../draw/palette.ts";
import { limitFor, relativeScale } from "../draw/relative-scale.ts";
import { compactCount, linearTicks } from "../draw/ticks.ts";
import { barGrid } from "./bar-grid.ts";
import { cellPanels, type CellPanel } from "./cell-panels.ts";
import { linePanels, type Line } from "./line-panels.ts";

/** Everything that figures of routing are drawn from. */
export interface RoutingToDraw {
  readonly analysis: RoutingAnalysis;
  /** Means over seeds. */
  readonly summary: readonly SeedsMeasure[];
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

/** More variants than this make no picture of their experts; their numbers are in the tables. */
const MOST_VARIANTS = 12;

/** Intervals over fewer seeds say nothing but that; they are in the tables. */
const LEAST_SEEDS = 3;

function bandOf({ halfWidth, seeds }: SeedsMeasure): number | null {
  return seeds < LEAST_SEEDS ? null : halfWidth;
}

/** Every figure that an analysis has numbers for. */
export function routingFigures(drawn: RoutingToDraw): readonly RoutingFigure[] {
  const variants = [...new Set(drawn.analysis.experts.map(({ variant }) => variant))].slice(0, MOST_VARIANTS);
  return [
    throughTraining(drawn, {
      ...{ name: "saturation", measure: "saturation_topk", most: 1 },
      title: "experts that a token has at the end already, share",
      about:
        "Router saturation: the share of a token's experts at the end of training that it has already (OLMoE, section 5.1)",
    }),
    throughTraining(drawn, {
      ...{ name: "saturation-top1", measure: "saturation_top1", most: 1 },
      title: "tokens whose first expert is that of the end, share",
      about:
        "Router saturation of the first expert: the share of tokens whose expert of largest weight is that of the end of training (OLMoE, section 5.1)",
    }),
    throughTraining(drawn, {
      ...{ name: "load-through-training", measure: "load_max_violation", most: null },
      title: "busiest expert's load over the even load, less 1",
      about:
        "Load through training: how far the busiest expert of a layer is above the even load (MaxVio; 0 is even)",
    }),
    vocabularyFigure(drawn),
    standingFigure(drawn),
    ...variants.flatMap((variant) => [
      domainFigure(drawn, variant),
      coActivationFigure(drawn, variant),
      flowFigure(drawn, variant),
    ]),
  ].flatMap((figure) => figure ?? []);
}

/** n, tokens and what chance is, for captions. */
function sampleOf({ analysis, summary }: RoutingToDraw): string {
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

function tableOf(
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

function throughTraining(
  drawn: RoutingToDraw,
  figure: {
    readonly name: string;
    readonly measure: string;
    readonly title: string;
    readonly about: string;
    /** Upper end of the axis; null: as high as the values. */
    readonly most: number | null;
  },
): RoutingFigure | null {
  const all = drawn.summary.filter((row) => row.measure === figure.measure && row.domain === ALL_DOMAINS);
  const lastStep = new Map(all.map(({ variant }) => [variant, 0]));
  for (const { variant, step } of all) lastStep.set(variant, Math.max(step, lastStep.get(variant) ?? 0));
  const shareOf = ({ variant, step }: SeedsMeasure): number => (100 * step) / (lastStep.get(variant) ?? 1);
  const rows = all.filter(({ variant, step }) => step < (lastStep.get(variant) ?? 0) || figure.most === null);
  if (new Set(rows.map(({ step }) => step)).size < 2) return null;
  const top = figure.most ?? Math.max(0.1, ...rows.map(({ value }) => value));
  const y = { min: 0, max: top * 1.04 };
  const ticks = [1, 10, 20, 40, 100].filter((tick) =>
    rows.some((row) => Math.abs(shareOf(row) / tick - 1) < 0.3),
  );
  const [least, most] = [Math.min(...rows.map(shareOf)), Math.max(...rows.map(shareOf))];
  const panels = groupsOf(rows, ({ variant }) => variant).map(([variant, own]) => ({
    title: drawn.labelOf(variant),
    lines: groupsOf(own, ({ layer }) => String(layer)).map(([layer, points], index): Line => ({
      label: `layer ${Number(layer) + 1}`,
      style: seriesStyle(index),
      points: points.map((row) => ({
        x: shareOf(row),
        y: row.value,
        halfWidth: bandOf(row),
        chance: row.chance,
      })),
    })),
  }));
  const spec = linePanels({
    name: figure.name,
    caption: `${figure.about}; ${sampleOf(drawn)}; dashed: chance at the experts' loads.`,
    yTitle: figure.title,
    xTitle: "share of training, % (logarithmic)",
    x: {
      min: least * 0.8,
      max: most * 1.2,
      isLog: true,
      ticks: ticks.map((value) => ({ value, text: String(value) })),
    },
    y: { ...y, isLog: false, ticks: linearTicks(y, 6) },
    panels,
    note: `${sampleOf(drawn)}. Dashed: ${figure.most === null ? "the even load" : "chance, which is above k / E where loads are uneven"}.`,
  });
  return { spec, table: tableOf(rows, shareOf) };
}

function vocabularyFigure(drawn: RoutingToDraw): RoutingFigure | null {
  const kinds = ["input", "predicted", "next"];
  const names = new Map([
    ["input", "input token"],
    ["predicted", "predicted token"],
    ["next", "token that came next"],
  ]);
  const atEnd = lastOf(drawn.summary.filter(({ measure }) => measure.startsWith("vocabulary_")));
  const rows = atEnd.filter(({ measure }) => measure.endsWith("_top1"));
  if (rows.length === 0) return null;
  const layers = [...new Set(rows.map(({ layer }) => layer))].sort((a, b) => a - b);
  const y = { min: 0, max: 1.04 };
  const spec = linePanels({
    name: "vocabulary",
    caption:
      `Vocabulary specialisation: the share of a token id's occurrences that its commonest first expert gets, over ids with at least 10 occurrences, ` +
      `weighted by occurrence (OLMoE, section 5.4); ${sampleOf(drawn)}; dashed: experts dealt out anew among the tokens.`,
    yTitle: "occurrences of a token sent to one expert first, share",
    xTitle: "layer",
    x: {
      ...{ min: (layers[0] ?? 0) + 0.6, max: (layers.at(-1) ?? 0) + 1.4, isLog: false },
      ticks: layers
        .filter((_, i) => layers.length <= 8 || i % 4 === 0)
        .map((layer) => ({ value: layer + 1, text: String(layer + 1) })),
    },
    y: { ...y, isLog: false, ticks: linearTicks(y, 6) },
    panels: groupsOf(rows, ({ variant }) => variant).map(([variant, own]) => ({
      title: drawn.labelOf(variant),
      lines: kinds.flatMap((kind, index): Line[] => {
        const points = own
          .filter(({ measure }) => measure === `vocabulary_${kind}_top1`)
          .map((row) => ({ x: row.layer + 1, y: row.value, halfWidth: bandOf(row), chance: row.chance }));
        return points.length === 0
          ? []
          : [{ label: names.get(kind) ?? kind, style: seriesStyle(index), points }];
      }),
    })),
    note: `${sampleOf(drawn)}; first expert only. Dashed: the same with the experts dealt out anew among the tokens.`,
  });
  return { spec, table: tableOf(atEnd, () => 100) };
}

/** Bands of analysis/routing/regret.ts, as ticks. */
const CONFIDENCE = [
  ["confidence under 25 %", "<25"],
  ["confidence 25 to 50 %", "–50"],
  ["confidence 50 to 75 %", "–75"],
  ["confidence over 75 %", ">75"],
] as const;

function standingFigure(drawn: RoutingToDraw): RoutingFigure | null {
  const rows = drawn.summary.filter(({ measure }) => measure === "route_standing");
  if (rows.length === 0) return null;
  const place = (domain: string): number => CONFIDENCE.findIndex(([name]) => name === domain);
  const banded = rows.filter(({ domain }) => place(domain) >= 0);
  const low = Math.min(0, ...banded.map(({ value }) => value));
  const high = Math.max(0.5, ...banded.map(({ value }) => value));
  const y = { min: low * 1.1 - 0.02, max: Math.min(1, high * 1.1) };
  const spec = linePanels({
    name: "route-standing",
    caption:
      `Where the router stands between a random route (0) and the best in hindsight (1), a bound, with the trained model held fixed, by the model's confidence ` +
      `in its best guess (counterfactual routes, arXiv 2605.07260); mean over seeds; chance, dashed: 0.`,
    yTitle: "routes: 0 as random ones, 1 the best in hindsight",
    xTitle: "confidence in the best guess, %",
    x: {
      ...{ min: -0.4, max: 3.4, isLog: false },
      ticks: CONFIDENCE.map(([, text], value) => ({ value, text })),
    },
    y: { ...y, isLog: false, ticks: linearTicks(y, 6) },
    panels: groupsOf(banded, ({ variant }) => variant).map(([variant, own]) => ({
      title: drawn.labelOf(variant),
      lines: groupsOf(own, ({ layer }) => String(layer)).map(([layer, points], index): Line => ({
        label: `layer ${Number(layer) + 1}`,
        style: seriesStyle(index),
        points: points
          .map((row) => ({ x: place(row.domain), y: row.value, halfWidth: bandOf(row), chance: row.chance }))
          .sort((a, b) => a.x - b.x),
      })),
    })),
    note: `Trained models held fixed; every other route in the last layer, a sample of tokens below it. Dashed: a random route.`,
  });
  return { spec, table: tableOf(rows, () => 100) };
}

function domainFigure({ analysis, labelOf }: RoutingToDraw, variant: string): RoutingFigure | null {
  const own = firstSeedOf(lastOf(analysis.experts.filter((row) => row.variant === variant)));
  const [first] = own;
  const domains = [...new Set(own.map(({ domain }) => domain))];
  if (first === undefined || domains.length < 2) return null;
  const layers = shownLayers(own.map(({ layer }) => layer));
  const shareOf = ({ assigned, tokens }: ExpertRow): number => (100 * assigned) / tokens;
  const y = { min: 0, max: Math.max(...own.map(shareOf)) * 1.05 };
  const at = (domain: string, layer: number): ExpertRow[] =>
    own.filter((row) => row.domain === domain && row.layer === layer).sort((a, b) => a.expert - b.expert);
  const about = `${labelOf(variant)}, seed ${first.seed}, end of training, ${compactCount(analysis.tokens)} validation tokens`;
  return {
    spec: barGrid({
      name: `domains-${slug(variant)}`,
      caption: `Domain specialisation: the share of a domain's tokens that each expert gets, by layer (OLMoE, section 5.3); ${about}; dashed: an even load, k / E.`,
      header: "share of the domain's tokens, %",
      rows: domains,
      columns: layers.map((layer) => `layer ${layer + 1}`),
      cells: domains.map((domain) =>
        layers.map((layer) => ({
          values: at(domain, layer).map(shareOf),
          chance: 100 * (at(domain, layer)[0]?.even ?? 0),
        })),
      ),
      y: { ...y, isLog: false, ticks: linearTicks(y, 4) },
      color: "#0072b2",
      note: `${about}. Dashed: an even load, k / E.`,
    }),
    table: {
      columns: ["variant", "seed", "layer", "domain", "expert", "share_of_tokens_percent", "chance_percent"],
      rows: own.map((row) => [
        row.variant,
        row.seed,
        row.layer,
        row.domain,
        row.expert,
        shareOf(row),
        100 * row.even,
      ]),
    },
  };
}

function coActivationFigure({ analysis, labelOf }: RoutingToDraw, variant: string): RoutingFigure | null {
  const own = firstSeedOf(analysis.pairs.filter((row) => row.variant === variant));
  const [first] = own;
  if (first === undefined || own.every(({ tokens }) => tokens === 0)) return null;
  const layers = shownLayers(own.map(({ layer }) => layer));
  const top = Math.max(...own.map(({ share }) => share));
  const limit = [0.2, 0.4, 0.6, 0.8, 1].find((one) => top <= one) ?? 1;
  const colorOf = (share: number): string => mix("#ffffff", "#0b4f8a", Math.min(1, share / limit));
  const panels = layers.map((layer): CellPanel => {
    const rows = own.filter((row) => row.layer === layer);
    // As the paper: by their highest score.
    const order = groupsOf(rows, ({ expert }) => String(expert))
      .map(([expert, pairs]) => ({
        expert: Number(expert),
        top: Math.max(...pairs.map(({ share }) => share)),
      }))
      .sort((a, b) => b.top - a.top)
      .map(({ expert }) => expert);
    const share = new Map(rows.map((row) => [`${row.expert} ${row.other}`, row.share]));
    const names = order.map((expert) => String(expert + 1));
    return {
      ...{ title: `layer ${layer + 1}`, rows: names, columns: names },
      values: order.map((i) => order.map((j) => share.get(`${i} ${j}`) ?? null)),
    };
  });
  const about = `${labelOf(variant)}, seed ${first.seed}, end of training, ${compactCount(analysis.tokens)} validation tokens`;
  const E = new Set(own.map(({ other }) => other)).size;
  return {
    spec: cellPanels({
      name: `co-activation-${slug(variant)}`,
      caption: `Co-activation: of the tokens of one expert (row), the share that another one (column) works on too, over all pairs (OLMoE, section 5.2); ${about}. Experts by their highest score.`,
      header: "tokens of the row's expert that the column's has too, %",
      panels,
      colorOf,
      textOf: (value) => (100 * value).toFixed(0),
      bar: {
        title: "share, %",
        colors: Array.from({ length: 41 }, (_, i) => colorOf((limit * i) / 40)),
        ticks: [0, 0.25, 0.5, 0.75, 1].map((part) => String(Number((100 * limit * part).toFixed(1)))),
      },
      note: `${about}; ${E} experts. Chance, at an even load, is (k - 1) / (E - 1). Experts ordered by their highest score.`,
    }),
    table: {
      columns: ["variant", "seed", "layer", "expert", "other", "tokens", "share", "lift"],
      rows: own.map((row) => [
        row.variant,
        row.seed,
        row.layer,
        row.expert,
        row.other,
        row.tokens,
        row.share,
        row.lift,
      ]),
    },
  };
}

function flowFigure({ analysis, labelOf }: RoutingToDraw, variant: string): RoutingFigure | null {
  const own = firstSeedOf(analysis.flows.filter((row) => row.variant === variant));
  const [first] = own;
  if (first === undefined) return null;
  const scale = relativeScale(limitFor(own.map(({ lift }) => lift)));
  const panels = groupsOf(own, ({ lower, upper }) => `${lower} ${upper}`)
    .slice(0, 6)
    .map(([pair, rows]): CellPanel => {
      const [lower = 0, upper = 0] = pair.split(" ").map(Number);
      const from = [...new Set(rows.map((row) => row.from))].sort((a, b) => a - b);
      const to = [...new Set(rows.map((row) => row.to))].sort((a, b) => a - b);
      const lift = new Map(rows.map((row) => [`${row.from} ${row.to}`, row.lift]));
      return {
        title: `layer ${lower + 1} (rows) to ${upper + 1}`,
        rows: from.map((expert) => String(expert + 1)),
        columns: to.map((expert) => String(expert + 1)),
        values: from.map((i) => to.map((j) => lift.get(`${i} ${j}`) ?? null)),
      };
    });
  const about = `${labelOf(variant)}, seed ${first.seed}, end of training, ${compactCount(analysis.tokens)} validation tokens`;
  return {
    spec: cellPanels({
      name: `flow-${slug(variant)}`,
      caption: `Flow between layers: how many tokens an expert shares with one of the next layer, relative to chance (1: chosen without regard to each other), all ranks; ${about}.`,
      header: "tokens shared with an expert of the next layer, times chance",
      panels,
      colorOf: scale.colorOf,
      textOf: (value) => value.toFixed(1),
      bar: { title: "times chance", colors: scale.colors, ticks: scale.ticks },
      note: `${about}. 1 is chance at the experts' loads; all ranks of both layers are paired.`,
    }),
    table: {
      columns: ["variant", "seed", "lower_layer", "upper_layer", "from", "to", "tokens", "share", "lift"],
      rows: own.map((row) => [
        ...[row.variant, row.seed, row.lower, row.upper, row.from, row.to, row.tokens, row.share, row.lift],
      ]),
    },
  };
}

/** At most eight layers, spread evenly, first and last among them. */
function shownLayers(layers: readonly number[]): readonly number[] {
  const all = [...new Set(layers)].sort((a, b) => a - b);
  const most = 4;
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))] ?? 0);
}

/** Rows of the end of each variant's training. */
function lastOf<Row extends { readonly variant: string; readonly step: number }>(
  rows: readonly Row[],
): Row[] {
  return groupsOf(rows, ({ variant }) => variant).flatMap(([, own]) => {
    const last = Math.max(...own.map(({ step }) => step));
    return own.filter(({ step }) => step === last);
  });
}

/** Experts of different seeds do not correspond: those of the first. */
function firstSeedOf<Row extends { readonly seed: number }>(rows: readonly Row[]): Row[] {
  const [first] = rows;
  return rows.filter(({ seed }) => seed === first?.seed);
}

function groupsOf<Row>(rows: readonly Row[], keyOf: (row: Row) => string): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return [...groups];
}

/** A variant's name as part of a file's. */
function slug(variant: string): string {
  return variant.replaceAll(/[^\w-]+/g, "-").replaceAll(/^-+|-+$/g, "") || "variant";
}
