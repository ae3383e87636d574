import { tokensTrained } from "../../analysis/marks.ts";
import { relativePercent } from "../../papers/paper.ts";
import { marksOf } from "../../tables/words.ts";
import type { ChartSpec } from "../draw/chart-spec.ts";
import type { Answered, FigureEntry } from "./figure-entry.ts";
import { signNotes } from "../charts/dot-rows.ts";
import { effectWords } from "../charts/labels.ts";
import { COLUMN_WIDTH_PX, NOTE_ROW_PX } from "../draw/layout.ts";
import { chosenAnswer, panelOf, paperPlace, type PaperPanel, type PaperSeries } from "./paper-answer.ts";
import type { PaperFigure } from "./paper-figures.ts";
import { lossPanels } from "./paper-panels.ts";
import { paragraph } from "../draw/panel-marks.ts";
import { panelOptions } from "../draw/panel.ts";
import { seriesLegend } from "../draw/series-legend.ts";
import { compactCount } from "../draw/ticks.ts";

/**
 * A paper's figure with our runs in its frame: its losses against training tokens, its series in its order and by its names. The
 * paper's end points stand beside ours where their relative difference puts them: losses of other text can't be compared.
 */
export function paperFigureEntry(figure: PaperFigure): FigureEntry {
  const { table } = figure;
  const variants = figure.series.map(({ variant }) => variant);
  return {
    name: table.name,
    title: table.title,
    paper: table.paper,
    needs: `results of ${[table.experiment, ...(figure.also ?? [])].join(" or ")}`,
    make: (answered) => {
      const answer = chosenAnswer(figure, answered);
      if (answer === null) {
        return `needs a finished run of ${variants.join(" and ")} of ${table.experiment}; \`moe-lab run experiments/${table.experiment}.json\` trains them`;
      }
      const kinds = figure.losses ?? (["training", "validation"] as const);
      const losses = kinds.flatMap((kind) => panelOf(figure, answer, kind) ?? []);
      // A validation loss that was measured at the end only has no curve.
      if (losses.length > 0) return figureSpec(figure, answer, losses);
      return `needs losses of ${variants.join(" and ")} during training, which curves.csv does not have`;
    },
  };
}

function figureSpec(figure: PaperFigure, answer: Answered, losses: readonly PaperPanel[]): ChartSpec {
  const { table } = figure;
  // The numbers are those of the last panel: the validation loss, where there is one.
  const main = losses.at(-1);
  const series = main?.series ?? [];
  const rows = [
    lossPanels(losses, "tokens", 6),
    ...(figure.hasTime === true && series.every(({ row }) => row.trainTokensPerSecond !== null)
      ? [lossPanels(losses, "time", 238)]
      : []),
  ];
  const bottom = Math.max(...rows.map((row) => row.bottom));
  const legend = seriesLegend(
    series.map((one) => ({
      label: legendText(one, main?.reference),
      color: one.style.color,
      dash: one.style.dash,
      shape: "rectRot",
    })),
    bottom + 18,
  );
  const words = paperWords(figure, losses);
  const signs = signNotes(series.map(({ row }) => row));
  const notes = [oursWords(answer, main), ...(words === "" ? [] : [words]), ...signs].map(paragraph);
  const lines = notes.map(({ length }) => length);
  const height = legend.bottom + 16 + lines.reduce((sum, count) => sum + count, 0) * NOTE_ROW_PX;
  return {
    name: table.name,
    caption:
      `${table.title}, as ${figure.number} of ${table.paper.split(",", 2).join(",")} draws it: our losses against training tokens` +
      `${rows.length > 1 ? " and time" : ""}, mean over seeds, in the paper's order` +
      (losses.some(hasDiamonds) ? ", and its end points where their relative difference puts them." : "."),
    width: COLUMN_WIDTH_PX,
    height,
    config: {
      type: "line",
      data: { datasets: [...rows.flatMap(({ datasets }) => datasets), ...legend.datasets] },
      options: panelOptions(COLUMN_WIDTH_PX, height),
    },
    marks: [
      ...rows.flatMap(({ marks }) => marks),
      ...legend.marks,
      ...notes.flatMap((make, index) => {
        const before = lines.slice(0, index).reduce((sum, count) => sum + count, 0);
        return make.at(legend.bottom + 14 + before * NOTE_ROW_PX);
      }),
    ],
  };
}

/** `No LBL: ours 1.5811, +2.73 ±0.59 %; paper 3.788, +2.05 %` */
function legendText(series: PaperSeries, reference: PaperSeries | undefined): string {
  const { row, paper } = series;
  const ours = [row.metric?.mean.toFixed(4) ?? "", effectWords(row)].filter((part) => part !== "").join(", ");
  const signs = marksOf(row);
  const legend = signs === "" ? series.legend : `${series.legend} ${signs}`;
  if (paper === null) return `${legend}: ours ${ours}`;
  const other = reference === undefined || series === reference ? null : reference.paper;
  const percent = other === null ? null : relativePercent(paper.value, other.value);
  const difference = percent === null ? "" : `, ${percent > 0 ? "+" : ""}${percent.toFixed(2)} %`;
  return `${legend}: ours ${ours}; paper ${paper.text}${difference}`;
}

function oursWords({ results, summary }: Answered, main: PaperPanel | undefined): string {
  const { experiment } = results.record;
  const tier = experiment.tier === "" ? "" : ` (${experiment.tier})`;
  const labels = (main?.series ?? []).map(({ row }) => `"${row.label}"`).join(" and ");
  const seeds = main?.series[0]?.row.seedsFinished ?? 0;
  return (
    `Ours: ${labels} of ${experiment.name}${tier}, ${compactCount(tokensTrained(summary.settings))} training tokens, mean over ${seeds} ` +
    `${seeds === 1 ? "seed" : "seeds"}; numbers: final ${main?.kind ?? ""} loss.`
  );
}

/** What the paper's numbers are; empty without any. */
function paperWords(figure: PaperFigure, losses: readonly PaperPanel[]): string {
  const runs = figure.series.length === 1 ? "one run" : "one run each";
  const paper = `the paper's ${figure.number} (${figure.tokens} training tokens, ${runs}`;
  const reference = losses.at(-1)?.reference.legend ?? "";
  if (losses.some(hasDiamonds)) {
    return (
      `Diamonds: ${paper}, end points digitised), placed by the relative difference from ${reference}: losses of other text can't be ` +
      "compared, differences can."
    );
  }
  if (losses.every(({ series }) => series.every((one) => one.paper === null))) return "";
  return `Paper: ${paper}): losses of other text can't be compared.`;
}

function hasDiamonds(loss: PaperPanel): boolean {
  return loss.series.some((one) => paperPlace(loss, one) !== null);
}
