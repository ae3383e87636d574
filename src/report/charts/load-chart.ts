import { mean } from "simple-statistics";
import type { ExperimentResults } from "../../records/experiment.ts";
import type { ChartSpec, Mark } from "../draw/chart-spec.ts";
import { labelOf } from "./labels.ts";
import { baseOptions, cellAxis, COLUMN_WIDTH_PX, INK, nameAxis, TEXT_PX } from "../draw/layout.ts";
import { textWidth, wrapText } from "../draw/text.ts";
import { textOn } from "../draw/palette.ts";
import { relativeScale } from "../draw/relative-scale.ts";

/** Shares relative to 1 / E, busiest expert first, mean over seeds: load[layer][rank]. */
interface VariantLoad {
  readonly variant: string;
  readonly load: readonly (readonly number[])[];
}

/** A quarter to four times the uniform share, the same in every experiment. */
const SCALE = relativeScale(4);
const COLOR_BAR: Mark = {
  kind: "color-bar",
  title: "share of the assignments / uniform share",
  size: TEXT_PX.note,
  colors: SCALE.colors,
  ticks: SCALE.ticks,
};
const BAR_PX = 56;
/** Longer names are broken into lines. */
const NAMES_PX = 170;
/** Room for the numbers of layers. */
const LAYER_PX = 24;

/**
 * Who does the work: a row per variant and layer, a column per expert, the expert's share of the validation assignments relative
 * to the uniform share. Experts are ordered by load inside each seed and layer before the mean over seeds is taken: expert 3 of one
 * seed has nothing to do with expert 3 of another.
 * @returns null when no variant has more than one expert.
 */
export function loadChart(results: ExperimentResults): ChartSpec | null {
  const loads = relativeLoads(results);
  if (loads.length === 0) return null;
  const layers = Math.max(...loads.map(({ load }) => load.length));
  const experts = Math.max(...loads.map(({ load }) => load.at(-1)?.length ?? 0));
  const rows = loads.length * layers;
  const names = loads.map(({ variant }) => wrapText(labelOf(results, variant), TEXT_PX.label, NAMES_PX));
  const widest = Math.max(...names.flat().map((line) => textWidth(line, TEXT_PX.label)));
  const areaWidth = COLUMN_WIDTH_PX - widest - LAYER_PX - 20;
  const annotated = areaWidth / experts >= 24 && rows <= 80;
  // A name's lines must fit beside its rows.
  const forNames = (Math.max(...names.map((lines) => lines.length)) * (TEXT_PX.label + 3)) / layers;
  const rowHeight = Math.max(forNames, annotated ? 17 : Math.max(3, Math.min(12, 700 / rows)));
  const cells = loads.flatMap(({ load }, group) =>
    load.flatMap((shares, layer) =>
      shares.map((ratio, expert) => ({ x: expert, y: group * layers + layer, ratio })),
    ),
  );
  return {
    name: "load",
    caption:
      "Load: the share of validation assignments that each expert gets, relative to the uniform share (1 is even); busiest expert first, mean over seeds. Rows are layers, from the first.",
    width: COLUMN_WIDTH_PX,
    height: Math.round(rows * rowHeight) + BAR_PX + 44,
    config: {
      type: "matrix",
      data: {
        datasets: [
          {
            type: "matrix",
            label: "load",
            data: cells.map(({ x, y, ratio }) => ({ x, y, v: ratio })),
            grid: { columns: experts, rows, gap: rowHeight > 6 ? 1 : 0 },
            backgroundColor: cells.map(({ ratio }) => SCALE.colorOf(ratio)),
          },
        ],
      },
      options: baseOptions(
        { top: 2, right: 8, bottom: BAR_PX + 2, left: 2 },
        {
          x: cellAxis("x", experts),
          y: cellAxis("y", rows),
          experts: expertAxis(experts),
          variants: nameAxis({ axis: "y", position: "left", names, padding: LAYER_PX, title: "" }),
        },
      ),
    },
    marks: [
      ...(annotated ? cells.map(ratioIn) : []),
      ...groundsOf(loads, layers),
      ...(rowHeight >= 12 ? layerNumbers(loads.length, layers) : []),
      ...separators(loads.length, layers),
      COLOR_BAR,
    ],
  };
}

/** A cell's number, in black or white. */
function ratioIn(cell: { readonly x: number; readonly y: number; readonly ratio: number }): Mark {
  const { x, y, ratio } = cell;
  return {
    kind: "text",
    text: ratio.toFixed(ratio < 9.95 ? 1 : 0),
    x: { value: x },
    y: { value: y },
    color: textOn(SCALE.colorOf(ratio)),
    size: TEXT_PX.cell,
    bold: false,
    align: "center",
  };
}

/** Behind the cells of each variant: an even share is white, and would look like no expert. */
function groundsOf(loads: readonly VariantLoad[], layers: number): readonly Mark[] {
  return loads.map(({ load }, group) => ({
    kind: "box",
    x: [-0.5, Math.max(...load.map((shares) => shares.length)) - 0.5],
    y: [group * layers - 0.5, group * layers + load.length - 0.5],
    color: "#c8c8c8",
  }));
}

function expertAxis(experts: number): ReturnType<typeof nameAxis> {
  const names = numbers(experts, experts > 16 ? 8 : 1);
  return nameAxis({ axis: "x", position: "top", names, padding: 2, title: "expert, busiest first" });
}

/** 1 to n as text; only every `step`-th is named. */
function numbers(n: number, step: number): readonly string[] {
  return Array.from({ length: n }, (_, index) =>
    (index + 1) % step === 0 || index === 0 ? String(index + 1) : "",
  );
}

/** The number of each row's layer, between the names and the cells. */
function layerNumbers(groups: number, layers: number): readonly Mark[] {
  return Array.from({ length: groups * layers }, (_, row) => ({
    kind: "text",
    text: String((row % layers) + 1),
    x: { edge: "area-start", offset: -6 },
    y: { value: row },
    color: INK.quiet,
    size: TEXT_PX.cell,
    bold: false,
    align: "right",
  }));
}

/** Lines between variants. */
function separators(groups: number, layers: number): readonly Mark[] {
  return Array.from({ length: groups - 1 }, (_, group) => ({
    kind: "line",
    scale: "y",
    value: (group + 1) * layers - 0.5,
    color: INK.quiet,
    dash: [],
    width: 1.5,
    place: "front",
  }));
}

function relativeLoads(results: ExperimentResults): readonly VariantLoad[] {
  return results.record.experiment.variants.flatMap(({ name }) => {
    const sharesOf = new Map<number, Map<number, number[]>>(); // layer, seed: shares
    for (const { variant, seed, layer, share } of results.load) {
      if (variant !== name) continue;
      const seeds = sharesOf.get(layer) ?? new Map<number, number[]>();
      seeds.set(seed, [...(seeds.get(seed) ?? []), share]);
      sharesOf.set(layer, seeds);
    }
    const experts = Math.max(
      0,
      ...[...sharesOf.values()].flatMap((seeds) => [...seeds.values()].map((row) => row.length)),
    );
    if (experts < 2) return [];
    const load = Array.from({ length: Math.max(...sharesOf.keys()) + 1 }, (_, layer) => {
      const seeds = sharesOf.get(layer);
      if (seeds === undefined) return []; // a dense layer
      const sorted = [...seeds.values()].map((row) => row.toSorted((a, b) => b - a));
      return Array.from(
        { length: experts },
        (__, rank) => mean(sorted.map((row) => row[rank] ?? 0)) * experts,
      );
    });
    return [{ variant: name, load }];
  });
}
