import type { AskedSummary } from "../../analysis/answers/asked-text.ts";
import { plural } from "../../core/plural.ts";
import { mix } from "../draw/palette.ts";
import { cellPanels, type CellPanel } from "./cell-panels.ts";
import { type RoutingFigure, type RoutingToDraw, slug } from "./routing-figure.ts";

const MEASURES = [
  ["whole", "chosen"],
  ["said", "said by itself"],
] as const;
const colorOf = (share: number): string => mix("#ffffff", "#0b4f8a", share);

/** Needles found at the end of training, depth by length: chosen among several, and said; null where nobody asked. */
export function needleFigure({ asked, labelOf }: RoutingToDraw, variant: string): RoutingFigure | null {
  const own = asked.filter((row) => row.kind === "needle" && row.variant === variant && row.step > 0);
  const cells = own.filter(({ depth }) => depth !== null);
  const [first] = cells;
  if (first === undefined) return null;
  const sorted = (values: readonly (number | null)[]): number[] =>
    [...new Set(values.flatMap((value) => value ?? []))].sort((a, b) => a - b);
  const [depths, lengths] = [sorted(cells.map((row) => row.depth)), sorted(cells.map((row) => row.length))];
  const chance = `${(100 * (first.chance ?? 0)).toFixed(0)} %`;
  const panels = MEASURES.map(([measure, title]): CellPanel => {
    const shareAt = (row: number, column: number): number | null =>
      cells.find((one) => one.measure === measure && one.depth === row && one.length === column)?.share
        .mean ?? null;
    return {
      title: measure === "whole" ? `${title}: chance ${chance}` : `${title}: chance nearly 0`,
      rows: depths.map(String),
      columns: lengths.map(String),
      values: depths.map((depth) => lengths.map((length) => shareAt(depth, length))),
    };
  });
  const about = `${labelOf(variant)}, end of training, ${first.asked} questions a cell, mean of ${plural(first.share.n, "seed")}`;
  return {
    spec: cellPanels({
      name: `needle-${slug(variant)}`,
      caption:
        `Needles found in held-out text, by depth (rows, % of the filler before it) and length (columns, tokens): the right code chosen among four of equal form (chance ${chance}), and said ` +
        `by itself, greedily; ${about}. Yuan 2.0-M32 (arXiv 2405.17976) shows no needle table: there is nothing to compare with.`,
      header: "found, %: by depth, % (down), and tokens (across)",
      panels,
      colorOf,
      textOf: (value) => (100 * value).toFixed(0),
      bar: {
        title: "right, %",
        colors: Array.from({ length: 41 }, (_, i) => colorOf(i / 40)),
        ticks: ["0", "25", "50", "75", "100"],
      },
      note: `${about}. Chance is ${chance} where one of four is chosen. The paper has no such table to compare with.`,
    }),
    table: {
      columns: [
        ...["variant", "measure", "length_tokens", "depth_percent", "share_right", "low_95", "high_95"],
        ...["seeds", "questions", "chance"],
      ],
      rows: MEASURES.flatMap(([measure, name]) =>
        cells
          .filter((row) => row.measure === measure)
          .map((row: AskedSummary) => [
            ...[variant, name, row.length, row.depth, row.share.mean, row.share.low, row.share.high],
            ...[row.share.n, row.asked, row.chance],
          ]),
      ),
    },
  };
}
