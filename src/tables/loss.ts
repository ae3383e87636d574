import { sensitivityOf } from "../analysis/sensitivity.ts";
import type { Summary, SummaryRow } from "../analysis/summary.ts";
import type { Metric } from "../analysis/metrics.ts";
import type { MeanInterval } from "../analysis/paired-t.ts";
import { lossUnits } from "../config/stages/loss-units.ts";
import { abilityCells, abilityColumns, abilityNotes } from "./abilities/abilities.ts";
import { percent } from "./format.ts";
import { intervalWords, lookNotes, testWords } from "./look-words.ts";
import { column, dataColumn, type Column, type Row, type Table, type Value } from "./table.ts";
import {
  divergedWords,
  marksOf,
  notesOf,
  scaleWords,
  sensitivityLine,
  signFlipNotes,
  trainingLine,
} from "./words.ts";

/**
 * The answer of an experiment, one row a variant. In print: what was found (first panel), then what it cost and how the router
 * behaved (second). As data: every number, in full.
 */
export function lossTable(summary: Summary): Table {
  const { metric, margin, alpha } = summary;
  return {
    name: summary.experiment,
    title: `${summary.title === "" ? summary.experiment : summary.title}: ${metric.label} against ${labelOf(summary)}`,
    lead: [...sensitivityLead(summary), trainingLine(summary)],
    columns: columnsOf(summary),
    rows: summary.rows.map((row) => rowOf(row, summary)),
    notes: [
      `Lower is better. ± is ${intervalWords(summary)}. Differences are paired by seed, ${scaleWords(summary)}. p: ${testWords(summary)}. Verdict: at ${percent(alpha, 0)} %, margin ${percent(margin)} ${metric.differences}; none with one seed.`,
      ...abilityNotes(summary.rows),
      ...lookNotes(summary),
      ...signFlipNotes(summary),
      ...notesOf(summary),
    ],
  };
}

/** Nothing where the baseline's mean is 0: nothing is a share of it. */
function sensitivityLead(summary: Summary): string[] {
  if (summary.rows.some(({ comparison }) => comparison?.scale === 0)) return [];
  return [sensitivityLine(sensitivityOf(summary), summary.metric.differences)];
}

function labelOf(summary: Summary): string {
  return summary.rows.find((row) => row.variant === summary.baseline)?.label ?? summary.baseline;
}

function columnsOf({ metric, rows, settings }: Summary): Column[] {
  const units = lossUnits(settings);
  const isOfAnswers = units.nats !== "nats/token";
  const nats = isOfAnswers ? units.nats : "nats";
  const data = (...ids: string[]): Column[] => ids.map(dataColumn);
  const ends = (id: string): Column["interval"] => ({ low: `${id}_low`, high: `${id}_high` });
  const second = { panel: 2 };
  const isValidation = metric.name === "validation_loss_nats";
  const difference = `difference_${metric.unitId}`;
  const share = `difference_${differenceId(metric)}`;
  return [
    column("name", "variant", "text", { place: "print" }),
    ...data("experiment", "variant", "label", "role", "compared_with"),
    column("seeds", "seeds", "text", { align: "right", place: "print" }),
    ...data("seeds_finished", "seeds_asked", "seeds_failed", "metric"),
    column(metric.name, metric.label, "fixed", { unit: metric.unit, digits: 4, interval: ends(metric.name) }),
    ...data(`${metric.name}_low`, `${metric.name}_high`, "pairs"),
    column(share, "difference", "signed", { unit: metric.differences, digits: 2, interval: ends(share) }),
    ...data(`${share}_low`, `${share}_high`),
    ...data(difference, `${difference}_low`, `${difference}_high`, "interval_level", "p", "looks_p"),
    column("holm_p", "p", "p", { unit: "Holm" }),
    ...data("sign_flip_p", "sign_flip_smallest_p", "sign_flip_method"),
    ...data("equivalence_p", "equivalence_looks_p", "equivalence_holm_p"),
    column("verdict", "verdict", "verdict"),
    ...data(`smallest_effect_${differenceId(metric)}`, "seeds_for_margin", "share_of_floor_distance"),
    ...data("look", "looks_taken", "looks_planned", "alpha_used"),
    column("total_parameters", "total params", "compact", second),
    column("active_parameters", "active params", "compact", second),
    column("forward_flops_per_token", "FLOPs", "compact", { ...second, unit: "per token" }),
    // Results of older versions did not count them, and stay what they were.
    ...(rows.some(({ expertsPerToken }) => expertsPerToken.measured !== null)
      ? data("experts_per_token")
      : []),
    column("train_tokens_per_second", "tokens", "compact", { ...second, unit: "per s" }),
    ...(isValidation ? [] : valueColumns("validation_loss_nats", "valid. loss", nats, 4)),
    // Runs of before it was measured have none, and their tables no empty column.
    ...(metric.name === "test_loss_nats" || rows.every((row) => row.testLossNats === null)
      ? []
      : valueColumns("test_loss_nats", "test loss", nats, 4)),
    ...(metric.name === "validation_bits_per_byte"
      ? []
      : valueColumns("validation_bits_per_byte", "bits", isOfAnswers ? "per answer byte" : "per byte", 4)),
    ...(metric.name === "causal_validation_loss_nats"
      ? []
      : data(...withEnds("causal_validation_loss_nats"))),
    ...data(...withEnds("causal_difference_percent")),
    column("max_load_share", "max load", "fixed", { ...second, digits: 2 }),
    column("dead_experts", "dead experts", "fixed", { ...second, digits: 1 }),
    ...data("unrouted_share"),
    ...abilityColumns(rows),
    column("causal", "causal", "flag", second),
    ...data("marks"),
  ];
}

/** A mean in print, with the ends of its interval as data. */
function valueColumns(id: string, header: string, unit: string, digits: number): Column[] {
  const [, low, high] = withEnds(id);
  return [column(id, header, "fixed", { unit, digits, panel: 2 }), dataColumn(low), dataColumn(high)];
}

function withEnds(id: string): [string, string, string] {
  return [id, `${id}_low`, `${id}_high`];
}

function rowOf(row: SummaryRow, { metric, experiment, looks }: Summary): Row {
  const { comparison, cost } = row;
  const test = comparison?.test;
  return {
    marks: marksOf(row),
    cells: {
      experiment,
      variant: row.variant,
      name: row.role === "baseline" ? `${row.label} (baseline)` : row.label,
      label: row.label,
      role: row.role,
      compared_with: row.comparedWith,
      seeds: `${row.seedsFinished}/${row.seedsAsked}`,
      seeds_finished: row.seedsFinished,
      seeds_asked: row.seedsAsked,
      seeds_failed: row.seedsFailed,
      ...interval("validation_loss_nats", row.validationLossNats),
      ...interval("validation_bits_per_byte", row.validationBitsPerByte),
      ...interval("test_loss_nats", row.testLossNats),
      ...interval("causal_validation_loss_nats", row.causalValidationLossNats),
      metric: metric.name,
      ...interval(metric.name, row.metric),
      pairs: comparison?.pairs.length ?? null,
      ...percents(`difference_${differenceId(metric)}`, comparison?.relative),
      [`difference_${metric.unitId}`]: comparison?.meanDifference ?? null,
      [`difference_${metric.unitId}_low`]: test?.low ?? null,
      [`difference_${metric.unitId}_high`]: test?.high ?? null,
      interval_level: test == null ? null : 1 - (comparison?.level ?? NaN),
      p: test?.p ?? null,
      looks_p: comparison?.looksP ?? null,
      holm_p: comparison?.holmP ?? null,
      sign_flip_p: comparison?.signFlip?.p ?? null,
      sign_flip_smallest_p: comparison?.signFlip?.smallestP ?? null,
      sign_flip_method: comparison?.signFlip?.method ?? null,
      equivalence_p: comparison?.equivalenceP ?? null,
      equivalence_looks_p: comparison?.equivalenceLooksP ?? null,
      equivalence_holm_p: comparison?.equivalenceHolmP ?? null,
      verdict: divergedWords(row) ?? comparison?.verdict ?? null,
      [`smallest_effect_${differenceId(metric)}`]: hundred(comparison?.smallestEffectShare),
      seeds_for_margin: comparison?.seedsForMargin ?? null,
      share_of_floor_distance: row.shareOfFloorDistance,
      look: comparison?.look == null ? null : comparison.look + 1,
      looks_taken: looks.taken,
      looks_planned: looks.planned,
      alpha_used: (looks.alpha * looks.paid.length) / looks.planned,
      total_parameters: cost.totalParameters,
      active_parameters: cost.activeParameters,
      forward_flops_per_token: cost.forwardFlopsPerToken,
      experts_per_token: row.expertsPerToken.measured,
      train_tokens_per_second: row.trainTokensPerSecond,
      ...percents("causal_difference_percent", row.causalComparison?.relative),
      max_load_share: row.maxLoadShare,
      dead_experts: row.deadExperts,
      unrouted_share: row.unroutedShare,
      ...abilityCells(row),
      causal: row.causal,
      marks: row.marks.map((mark) => `${mark.kind}: ${mark.detail}`).join("; "),
    },
  };
}

/** A mean and the ends of its interval as cells. */
export function interval(id: string, mean: MeanInterval | null): Record<string, Value> {
  return { [id]: mean?.mean ?? null, [`${id}_low`]: mean?.low ?? null, [`${id}_high`]: mean?.high ?? null };
}

/** Shares as percent cells. */
export function percents(
  id: string,
  shares: { readonly mean: number; readonly low: number | null; readonly high: number | null } | undefined,
): Record<string, Value> {
  return {
    [id]: hundred(shares?.mean),
    [`${id}_low`]: hundred(shares?.low),
    [`${id}_high`]: hundred(shares?.high),
  };
}

/** Missing where there is no share. */
function hundred(share: number | null | undefined): number | null {
  return share == null || Number.isNaN(share) ? null : 100 * share;
}

/** As the difference's unit is written in column names. */
function differenceId({ differences }: Metric): string {
  return differences === "%" ? "percent" : "points";
}
