import { ALL_DOMAINS } from "../../analysis/routing/counts.ts";
import type { SeedsMeasure } from "../../analysis/routing/over-seeds.ts";
import { seriesStyle } from "../draw/palette.ts";
import { linearTicks } from "../draw/ticks.ts";
import { linePanels, type Line } from "./line-panels.ts";
import {
  type RoutingToDraw,
  type RoutingFigure,
  bandOf,
  sampleOf,
  tableOf,
  lastOf,
  groupsOf,
} from "./routing-figure.ts";

/** A measure of each layer at the checkpoints, a panel a variant; null where there are no two of them. */
export function throughTraining(
  drawn: RoutingToDraw,
  figure: {
    readonly name: string;
    readonly measure: string;
    readonly title: string;
    readonly about: string;
    /** Upper end of the axis; null: as high as the values. */
    readonly most: number | null;
    /** Whether the end of training says something too: it agrees with itself. */
    readonly hasEnd: boolean;
    /** What chance is; empty where there is none. */
    readonly dashed: string;
  },
): RoutingFigure | null {
  const all = drawn.summary.filter((row) => row.measure === figure.measure && row.domain === ALL_DOMAINS);
  const lastStep = new Map(all.map(({ variant }) => [variant, 0]));
  for (const { variant, step } of all) lastStep.set(variant, Math.max(step, lastStep.get(variant) ?? 0));
  const shareOf = ({ variant, step }: SeedsMeasure): number => (100 * step) / (lastStep.get(variant) ?? 1);
  const rows = all.filter(({ variant, step }) => step < (lastStep.get(variant) ?? 0) || figure.hasEnd);
  if (new Set(rows.map(({ step }) => step)).size < 2) return null;
  const top = figure.most ?? (Math.max(0, ...rows.map(({ value }) => value)) || 1);
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
  const { dashed } = figure;
  const spec = linePanels({
    name: figure.name,
    caption: `${figure.about}; ${sampleOf(drawn)}${dashed === "" ? "" : `; dashed: ${dashed}`}.`,
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
    note: `${sampleOf(drawn)}.${dashed === "" ? "" : ` Dashed: ${dashed}.`}`,
  });
  return { spec, table: tableOf(rows, shareOf) };
}

/** Vocabulary specialisation over layers, for the three kinds of ids; null where no ids are known. */
export function vocabularyFigure(drawn: RoutingToDraw): RoutingFigure | null {
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

/** How good routes are, by confidence; null where nobody asked. */
export function standingFigure(drawn: RoutingToDraw): RoutingFigure | null {
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
