import { lossUnits } from "../config/stages/loss-units.ts";
import { answersOf, type Answers, type RowAnswer } from "./answers.ts";
import type { StoredAnswer, TableEntry } from "./entry.ts";
import { fixed } from "./format.ts";
import { interval, percents } from "./loss.ts";
import { paperDifference, readWritten, type Answer, type PaperColumn } from "../papers/paper.ts";
import { relativePercent, tableIn, type PaperRow, type PaperTable } from "../papers/paper.ts";
import { paperLead, paperNotes, SOURCE_SIGNS } from "./paper-notes.ts";
import { column, dataColumn, type Column, type Row, type Table, type Value } from "./table.ts";
import { marksOf } from "./words.ts";

/** Panels in the order of print: the paper's numbers, effect beside effect, what else differs, our numbers. */
const PANEL = { paper: 1, effect: 2, moreEffects: 3, ours: 4 } as const;

/** How the differences of each number of ours are named: in data, and for people. */
const DIFFERENCES: Readonly<Record<Answer, { readonly id: string; readonly header: string }>> = {
  validation_loss_nats: { id: "difference_percent", header: "difference" },
  train_loss_nats: { id: "train_loss_difference_percent", header: "difference in training loss" },
  train_tokens_per_second: { id: "speed_difference_percent", header: "difference in tokens/s" },
  test_right_percent: { id: "test_right_difference_points", header: "more right" },
};
const RIGHT = "test_right_percent";

const MEASURED = {
  max_load_share: { header: "max load", digits: 2, value: (answer: RowAnswer) => answer.row.maxLoadShare },
  dead_experts: { header: "dead experts", digits: 1, value: (answer: RowAnswer) => answer.row.deadExperts },
} as const;

/** A paper's table as an entry of the registry: the paper's numbers, ours, relative effect beside relative effect. */
export function paperTable(table: PaperTable): TableEntry {
  const { name, title, paper, experiment } = table;
  const variants = [...new Set(table.rows.flatMap((row) => row.variant ?? []))];
  const build = (stored: StoredAnswer): Table => {
    const tier = stored.results?.record.experiment.tier ?? stored.asked;
    return buildTable(tier === null ? table : tableIn(tier, table), stored);
  };
  return { name, title, paper, experiment, variants, build };
}

function buildTable(table: PaperTable, stored: StoredAnswer): Table {
  const answers = answersOf(table, stored.results);
  return {
    name: table.name,
    title: `${table.title} (${table.paper})`,
    lead: paperLead(answers),
    columns: columnsOf(table, answers),
    rows: table.rows.map((row) => rowOf(table, row, answers)),
    notes: paperNotes(table, stored, answers),
  };
}

function columnsOf(table: PaperTable, { whole }: Answers): Column[] {
  const asked = (answer: Answer): boolean => table.columns.some((candidate) => candidate.answer === answer);
  const unit =
    whole === null ? (asked(RIGHT) ? "nats/answer token" : "nats/token") : lossUnits(whole.settings).nats;
  const more = (["train_loss_nats", "train_tokens_per_second"] as const).filter(asked);
  return [
    column("row", table.heading, "text"),
    dataColumn("variant"),
    ...table.columns.flatMap((candidate) => paperColumns(table, candidate)),
    ...(asked(RIGHT) ? rightColumns() : []),
    column("paper_sources", "paper_sources", "text", { source: "paper", place: "data" }),
    dataColumn("compared_with"),
    ...differenceColumns("validation_loss_nats", PANEL.effect, true),
    column("seeds", "seeds", "text", { align: "right", place: "print", panel: PANEL.effect }),
    ...["seeds_finished", "seeds_asked", "pairs"].map(dataColumn),
    column("holm_p", "p", "p", { unit: "Holm", panel: PANEL.effect }),
    column("verdict", "verdict", "verdict", { panel: PANEL.effect }),
    ...more.flatMap((answer) => differenceColumns(answer, PANEL.moreEffects, !answer.includes("tokens"))),
    ...(table.measured ?? []).map((id) =>
      column(id, MEASURED[id].header, "fixed", { digits: MEASURED[id].digits, panel: PANEL.moreEffects }),
    ),
    ...meanColumns("validation_loss_nats", "validation loss", unit),
    ...(more.includes("train_loss_nats") ? meanColumns("train_loss_nats", "training loss", unit) : []),
    column("total_parameters", "total params", "compact", { panel: PANEL.ours }),
    column("active_parameters", "active params", "compact", { panel: PANEL.ours }),
    column("forward_flops_per_token", "FLOPs", "compact", { unit: "per token", panel: PANEL.ours }),
    column("train_tokens_per_second", "tokens", "compact", { unit: "per s", panel: PANEL.ours }),
    dataColumn("causal"),
    dataColumn("marks"),
  ];
}

function paperColumns(table: PaperTable, { id, header, unit = "", source }: PaperColumn): Column[] {
  const name = `paper_${id}`;
  const written = table.rows.flatMap((row) => row.paper[id] ?? []).map(readWritten);
  const shown = column(name, `${header} (paper ${SOURCE_SIGNS[source]})`, "fixed", {
    unit,
    source: "paper",
    panel: PANEL.paper,
  });
  return written.every(({ isExact }) => isExact)
    ? [shown]
    : [shown, column(`${name}_as_written`, header, "text", { source: "paper", place: "data" })];
}

/** The paper's difference and ours. */
function differenceColumns(answer: Answer, panel: number, hasInterval: boolean): Column[] {
  const { id, header } = DIFFERENCES[answer];
  const usual = { ...(answer === RIGHT ? { unit: "points", digits: 1 } : { unit: "%", digits: 2 }), panel };
  const [low, high] = [`${id}_low`, `${id}_high`];
  return [
    column(`paper_${id}`, `${header} (paper)`, "signed", { ...usual, source: "paper" }),
    column(id, `${header} (ours)`, "signed", { ...usual, interval: hasInterval ? { low, high } : null }),
    ...(hasInterval ? [dataColumn(low), dataColumn(high)] : []),
  ];
}

/** Our right answers beside a paper's score, and their differences beside each other. */
function rightColumns(): Column[] {
  const [low, high] = [`${RIGHT}_low`, `${RIGHT}_high`];
  const shown = { unit: "%", digits: 1, panel: PANEL.paper, interval: { low, high } };
  return [
    column(RIGHT, "right answers (ours)", "fixed", shown),
    ...[low, high].map(dataColumn),
    ...differenceColumns(RIGHT, PANEL.paper, true),
    dataColumn("test_right_p"),
  ];
}

function meanColumns(id: string, header: string, unit: string): Column[] {
  const [low, high] = [`${id}_low`, `${id}_high`];
  const more = { unit, digits: 4, interval: { low, high }, panel: PANEL.ours };
  return [column(id, header, "fixed", more), dataColumn(low), dataColumn(high)];
}

function rowOf(table: PaperTable, row: PaperRow, { byLabel }: Answers): Row {
  const answer = byLabel.get(row.label);
  const paper = paperCells(table, row);
  return {
    marks: answer === undefined ? "" : marksOf(answer.row),
    cells: { row: row.label, variant: row.variant, ...paper.cells, ...ourCells(table, answer) },
    written: paper.written,
  };
}

/** The paper's numbers as values, and as they are written there. */
function paperCells(
  table: PaperTable,
  row: PaperRow,
): { readonly cells: Record<string, Value>; readonly written: Record<string, string> } {
  const cells: Record<string, Value> = {};
  const written: Record<string, string> = {};
  const sources: string[] = [];
  for (const paperColumn of table.columns) {
    const text = row.paper[paperColumn.id];
    if (text !== undefined) {
      const name = `paper_${paperColumn.id}`;
      cells[name] = readWritten(text).value;
      cells[`${name}_as_written`] = text;
      written[name] = text;
      sources.push(`${paperColumn.id}: ${paperColumn.source}`);
    }
    const difference = paperDifference(table, row, paperColumn);
    if (paperColumn.answer !== undefined && difference !== null) {
      const name = `paper_${DIFFERENCES[paperColumn.answer].id}`;
      cells[name] = difference.difference;
      if (!difference.isExact) written[name] = `~${fixed(difference.difference, 1, true)}`;
    }
  }
  cells["paper_sources"] = sources.length === 0 ? null : sources.join("; ");
  return { cells, written };
}

function ourCells(table: PaperTable, answer: RowAnswer | undefined): Record<string, Value> {
  if (answer === undefined) return {};
  const { row, trainRow, reference } = answer;
  const { comparison } = row;
  const isReference = row.variant === reference?.variant;
  const [speed, other] = [row.trainTokensPerSecond, reference?.trainTokensPerSecond ?? null];
  const hasRuns = row.seedsFinished > 0;
  return {
    compared_with: row.comparedWith,
    ...percents("difference_percent", comparison?.relative),
    seeds: hasRuns ? `${row.seedsFinished}/${row.seedsAsked}` : null,
    seeds_finished: row.seedsFinished,
    seeds_asked: row.seedsAsked,
    pairs: comparison?.pairs.length ?? null,
    holm_p: comparison?.holmP ?? null,
    verdict: comparison?.verdict ?? null,
    ...percents("train_loss_difference_percent", trainRow?.comparison?.relative),
    speed_difference_percent:
      isReference || speed === null || other === null ? null : relativePercent(speed, other),
    ...percents(RIGHT, row.answers?.test),
    ...percents(DIFFERENCES[RIGHT].id, row.answers?.testDifference ?? undefined),
    test_right_p: row.answers?.testDifference?.p ?? null,
    ...interval("validation_loss_nats", row.validationLossNats),
    ...interval("train_loss_nats", trainRow?.metric ?? null),
    total_parameters: row.cost.totalParameters,
    active_parameters: row.cost.activeParameters,
    forward_flops_per_token: row.cost.forwardFlopsPerToken,
    train_tokens_per_second: speed,
    ...Object.fromEntries((table.measured ?? []).map((id) => [id, MEASURED[id].value(answer)])),
    causal: row.causal,
    marks: row.marks.map((mark) => `${mark.kind}: ${mark.detail}`).join("; "),
  };
}
