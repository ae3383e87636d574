import type { ExpertRow } from "../../analysis/routing/results.ts";
import { mix } from "../draw/palette.ts";
import { limitFor, relativeScale } from "../draw/relative-scale.ts";
import { linearTicks } from "../draw/ticks.ts";
import { barGrid } from "./bar-grid.ts";
import { cellPanels, type CellPanel } from "./cell-panels.ts";
import {
  type RoutingToDraw,
  type RoutingFigure,
  aboutOf,
  shownLayers,
  lastOf,
  firstSeedOf,
  groupsOf,
  slug,
} from "./routing-figure.ts";

/** Domains by layers, a bar an expert; null of a single domain. */
export function domainFigure({ analysis, labelOf }: RoutingToDraw, variant: string): RoutingFigure | null {
  const own = firstSeedOf(lastOf(analysis.experts.filter((row) => row.variant === variant)));
  const [first] = own;
  const domains = [...new Set(own.map(({ domain }) => domain))];
  if (first === undefined || domains.length < 2) return null;
  const layers = shownLayers(own.map(({ layer }) => layer));
  const shareOf = ({ assigned, tokens }: ExpertRow): number => (100 * assigned) / tokens;
  const y = { min: 0, max: Math.max(...own.map(shareOf)) * 1.05 };
  const at = (domain: string, layer: number): ExpertRow[] =>
    own.filter((row) => row.domain === domain && row.layer === layer).sort((a, b) => a.expert - b.expert);
  const about = aboutOf(labelOf(variant), first, analysis.tokens);
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

/** Shares of every pair of experts, a square a layer; null where tokens have one expert. */
export function coActivationFigure(
  { analysis, labelOf }: RoutingToDraw,
  variant: string,
): RoutingFigure | null {
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
  const about = aboutOf(labelOf(variant), first, analysis.tokens);
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

/** Pairs of experts of neighbouring layers; null of a single layer. */
export function flowFigure({ analysis, labelOf }: RoutingToDraw, variant: string): RoutingFigure | null {
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
  const about = aboutOf(labelOf(variant), first, analysis.tokens);
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
