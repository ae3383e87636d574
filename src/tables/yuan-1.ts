import { tokensTrained } from "../analysis/marks.ts";
import { summarise, type Summary, type SummaryRow } from "../analysis/summary.ts";
import type { ExperimentResults } from "../store/records.ts";
import { compact, percent } from "./format.ts";
import { interval, percents } from "./loss.ts";
import type { TableEntry } from "./entry.ts";
import { column, dataColumn, type Row, type Table } from "./table.ts";
import { marksOf, notesOf } from "./words.ts";

/** Yuan 2.0-M32, arXiv 2405.17976, table 1 (the same in both versions): one run each, 30 B tokens, test on another 10 B. */
const PAPER = [
  { router: "Attention router, 8 experts", variant: "attention", millions: 826.0, loss: 2.109 },
  { router: "Classical router, 8 experts", variant: "linear", millions: 825.8, loss: 2.117 },
  { router: "Shared expert, 2 fixed + top-2 of 14", variant: "shared-expert", millions: 825.8, loss: 2.117 },
] as const;
const BASELINE = "linear";
const EXPERIMENT = "attention-router";

/** Table 1 of Yuan 2.0-M32: its numbers, and ours beside them. */
export const yuan1: TableEntry = {
  name: "yuan-1",
  title: "Routers compared at equal size",
  paper: "Yuan 2.0-M32, arXiv 2405.17976, table 1",
  experiments: [EXPERIMENT],
  build: (results) => buildTable(results[EXPERIMENT] ?? null),
};

/** Change from a reference in percent of the reference: from 2.117 to 2.109 is -0.378. */
export function relativePercent(value: number, reference: number): number {
  return (100 * (value - reference)) / reference;
}

function buildTable(results: ExperimentResults | null): Table {
  const summary = results && summarise(results, { baseline: BASELINE, metric: "validation_loss_nats" });
  const reference = PAPER.find((row) => row.variant === BASELINE)?.loss ?? NaN;
  const paper = { source: "paper", panel: 1 } as const;
  const ours = { panel: 2 };
  const cost = { panel: 3 };
  const ends = (id: string) => ({ low: `${id}_low`, high: `${id}_high` });
  const shown = summary && { ...summary, rows: PAPER.flatMap((row) => rowOf(summary, row.variant) ?? []) };
  return {
    name: yuan1.name,
    title: `${yuan1.title} (${yuan1.paper})`,
    lead: [
      "Theirs (paper) and ours (measured). Losses of different text and size can't be compared; differences can.",
    ],
    columns: [
      column("router", "router", "text"),
      dataColumn("variant"),
      column("paper_parameters_millions", "params (paper)", "fixed", { ...paper, unit: "M", digits: 1 }),
      column("paper_test_loss", "test loss (paper)", "fixed", { ...paper, digits: 3 }),
      column("paper_difference_percent", "difference (paper)", "signed", { ...paper, unit: "%", digits: 2 }),
      column("validation_loss_nats", "validation loss", "fixed", {
        ...ours,
        unit: "nats/token",
        digits: 4,
        interval: ends("validation_loss_nats"),
      }),
      dataColumn("validation_loss_nats_low"),
      dataColumn("validation_loss_nats_high"),
      column("seeds", "n", "fixed", ours),
      column("difference_percent", "difference", "signed", {
        ...ours,
        unit: "%",
        digits: 2,
        interval: ends("difference_percent"),
      }),
      dataColumn("difference_percent_low"),
      dataColumn("difference_percent_high"),
      column("holm_p", "p", "p", { ...ours, unit: "Holm" }),
      column("verdict", "verdict", "verdict", ours),
      column("total_parameters", "total params", "compact", cost),
      column("active_parameters", "active params", "compact", cost),
      column("forward_flops_per_token", "FLOPs", "compact", { ...cost, unit: "per token" }),
      column("train_tokens_per_second", "tokens", "compact", { ...cost, unit: "per s" }),
    ],
    rows: PAPER.map((row): Row => {
      const found = shown?.rows.find((candidate) => candidate.variant === row.variant);
      return {
        marks: found === undefined ? "" : marksOf(found),
        cells: {
          router: row.router,
          variant: row.variant,
          paper_parameters_millions: row.millions,
          paper_test_loss: row.loss,
          paper_difference_percent: row.variant === BASELINE ? null : relativePercent(row.loss, reference),
          total_parameters: found?.cost.totalParameters ?? null,
          active_parameters: found?.cost.activeParameters ?? null,
          forward_flops_per_token: found?.cost.forwardFlopsPerToken ?? null,
          train_tokens_per_second: found?.trainTokensPerSecond ?? null,
          ...interval("validation_loss_nats", found?.validationLossNats ?? null),
          seeds: found === undefined || found.seedsFinished === 0 ? null : found.seedsFinished,
          ...percents("difference_percent", found?.comparison?.relative),
          holm_p: found?.comparison?.holmP ?? null,
          verdict: found?.comparison?.verdict ?? null,
        },
      };
    }),
    notes: [
      `The paper's gain is (2.117 - 2.109) / 2.117 = ${percent((2.117 - 2.109) / 2.117)} %. Its version 1 says 3.8 % in the abstract and text; version 2, one day later, removed that. The repository's README and many summaries still have 3.8 %.`,
      "Theirs: one run a row, no seeds, no intervals; 30 B training tokens, test loss on another 10 B; dimensions and learning rate not given, top-2 not written for the first two rows.",
      ...setUp(shown),
      ...missing(shown),
      ...(shown === null ? [] : notesOf(shown)),
    ],
  };
}

function rowOf(summary: Summary, variant: string): SummaryRow | undefined {
  return summary.rows.find((row) => row.variant === variant);
}

function setUp(summary: Summary | null): string[] {
  if (summary === null) return [];
  const { model, data, training } = summary.settings;
  return [
    `Ours: experiment ${summary.experiment}, tier ${summary.tier}: width ${model.width}, ${model.layers} layers, ${model.experts} experts, top-${model.topK}, ${compact(tokensTrained(summary.settings))} training tokens (${training.steps} steps of ${data.batchSequences} x ${data.sequenceLength}), bytes of ${data.domains.map((domain) => domain.name).join(", ")}; validation loss; mean over seeds ± half a 95 % t-interval. Differences paired by seed; p by Holm over the experiment's ${summary.familySize} comparisons; margin ${percent(summary.margin)} %.`,
  ];
}

/** Which cells are empty, and the command that fills them; finished runs are not trained again. */
function missing(summary: Summary | null): string[] {
  const without = PAPER.map((row) => row.variant).filter((variant) => {
    const row = summary === null ? undefined : rowOf(summary, variant);
    return row === undefined || row.seedsFinished === 0;
  });
  if (without.length === 0) return [];
  return [
    `No finished run of ${without.join(", ")}: \`moe-lab run experiments/${EXPERIMENT}.json\` fills the empty cells.`,
  ];
}
