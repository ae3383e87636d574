import { mean as meanOf } from "simple-statistics";
import { didYouMean, quoted } from "../config/suggest.ts";
import { baselineOf } from "../config/grid.ts";
import type { Controls, Settings, Variant } from "../config/settings.ts";
import { InputError } from "../core/errors.ts";
import { streamOf } from "../core/streams.ts";
import { measuredCost } from "../model/cost.ts";
import type { Cost } from "../records/cost.ts";
import type { ExperimentRecord, ExperimentResults, RunRow, VariantFacts } from "../records/experiment.ts";
import type { FinalResults } from "../records/results.ts";
import {
  compare,
  judgeComparisons,
  type Comparison,
  type JudgedComparison,
  type Pair,
} from "./comparison.ts";
import { looksOf, type Looks } from "./looks.ts";
import { computeMark, identicalMark, parentMark, provenanceMark, trainingMarks, type Mark } from "./marks.ts";
import { summariseAnswers, type AnswerSummary } from "./answers/answer-summary.ts";
import { summariseReports, type ReportSummary } from "./answers/report-summary.ts";
import { metricNamed, type Metric } from "./metrics.ts";
import { meanInterval, type MeanInterval } from "./paired-t.ts";

/** What a summary is made from; curves and matrices are not needed. */
export type SummaryInput = Pick<ExperimentResults, "record" | "runs" | "looks">;

/** What may be asked differently from what the experiment states. */
export interface SummaryOptions {
  readonly baseline?: string | undefined;
  readonly metric?: string | undefined;
  /** Share of the baseline's mean. */
  readonly margin?: number | undefined;
}

/** One variant. Numbers of runs are means over its finished seeds; null where no run has them. */
export interface SummaryRow {
  readonly variant: string;
  readonly label: string;
  readonly role: "baseline" | "floor" | "dense" | "variant";
  readonly seedsAsked: number;
  readonly seedsFinished: number;
  readonly seedsFailed: number;
  /** Seeds whose training diverged, with why. Who is missing not at random leaves no sample: such a variant has no mean and no comparison. */
  readonly diverged: readonly { readonly seed: number; readonly why: string }[];
  /** With the experts a token that were measured, where they were. */
  readonly cost: Cost;
  /** Experts that a validation token was sent to, mean over layers and seeds; null where nobody counted. Its settings' topK beside. */
  readonly expertsPerToken: { readonly measured: number | null; readonly declared: number };
  /** From the timing pass. */
  readonly trainTokensPerSecond: number | null;
  readonly causal: boolean;
  /** The metric that is compared. */
  readonly metric: MeanInterval | null;
  readonly validationLossNats: MeanInterval | null;
  readonly validationBitsPerByte: MeanInterval | null;
  /** Of routers that see the future: the loss when only the past decides the routing. */
  readonly causalValidationLossNats: MeanInterval | null;
  /** What its models could do; null where no run was asked. */
  readonly answers: AnswerSummary | null;
  /** What its objective reports on validation, by name; empty where that is nothing. */
  readonly reports: ReportSummary;
  /** On the test split; null where no run has it. */
  readonly testLossNats: MeanInterval | null;
  readonly maxLoadShare: number | null;
  readonly deadExperts: number | null;
  readonly unroutedShare: number | null;
  /** Name of the variant it is compared with; null for a baseline. */
  readonly comparedWith: string | null;
  readonly comparison: JudgedComparison | null;
  /** The causal loss against the baseline's; outside the family, and only where the router sees the future. */
  readonly causalComparison: Comparison | null;
  /** Its difference over the distance from baseline to floor; null where that distance is not above noise. */
  readonly shareOfFloorDistance: number | null;
  readonly marks: readonly Mark[];
}

/** An experiment's results as statistics. */
export interface Summary {
  readonly experiment: string;
  /** The experiment's file, for commands; null when it is not known. */
  readonly file: string | null;
  readonly title: string;
  readonly paper: string;
  readonly tier: string;
  /** Version of what decides the runs' numbers; null in results of older versions, which do not say. */
  readonly numerics: number | null;
  readonly metric: Metric;
  /** Share of the baseline's mean, or of 1 where the metric's differences are in points. */
  readonly margin: number;
  /** False-positive rate of the tests, and one minus the coverage of intervals, over all looks. */
  readonly alpha: number;
  /** Looks taken at the data, and what they cost. */
  readonly looks: Looks;
  readonly baseline: string;
  /** Comparisons that Holm's correction is over. */
  readonly familySize: number;
  readonly rows: readonly SummaryRow[];
  /** Settings of the baseline: what the conclusions hold for. */
  readonly settings: Settings;
}

/**
 * Statistics of an experiment, one row a variant in the experiment's order. Pairs are made by seed from finished runs; a seed
 * finished in the variant alone is not a pair. Holm's correction is over all variants that are not a baseline, controls
 * included. In a grid (variants named `variant, path=value`) the baseline is that of the same combination.
 * @throws InputError for a baseline or metric that the experiment does not have.
 */
export function summarise(results: SummaryInput, options: SummaryOptions = {}): Summary {
  const { experiment } = results.record;
  const names = experiment.variants.map((variant) => variant.name);
  const asked = options.baseline ?? experiment.baseline;
  const margin = options.margin ?? experiment.margin;
  const first =
    experiment.variants.find((variant) => variant.name === asked) ??
    experiment.variants.find((variant) => armOf(variant.name) === asked);
  if (first === undefined) {
    throw new InputError(
      `${experiment.name} has no variant "${asked}"${didYouMean(asked, names) || "."} Its variants are ${quoted(names)}.`,
    );
  }
  const metric = metricNamed(options.metric ?? experiment.metric, first.settings);
  const looks = looksOf(results.looks);
  const request = { baseline: first.name, metric, margin, looks };
  const drafts = experiment.variants.map((variant) => draftRow(results, variant, request));
  const judged = judgeComparisons(
    drafts.map((row) => row.plain),
    margin,
    looks,
  );
  const floorDistance = (comparedWith: string | null): number | null => {
    const floor = drafts.find((row) => row.role === "floor" && row.comparedWith === comparedWith)?.plain;
    return floor?.looksP != null && floor.scale !== 0 && floor.looksP <= looks.alpha
      ? Math.abs(floor.relative.mean)
      : null;
  };
  const rows = drafts.map(({ plain, ...row }, index): SummaryRow => {
    const distance = floorDistance(row.comparedWith);
    const shareOfFloorDistance = plain && distance !== null ? plain.relative.mean / distance : null;
    return { ...row, comparison: judged[index] ?? null, shareOfFloorDistance };
  });
  return {
    experiment: experiment.name,
    file: experiment.file ?? null,
    title: experiment.title,
    paper: experiment.paper,
    tier: experiment.tier,
    numerics: results.record.numerics ?? null,
    metric,
    margin,
    alpha: looks.alpha,
    looks,
    baseline: first.name,
    familySize: judged.filter((comparison) => comparison?.test != null).length,
    rows,
    settings: first.settings,
  };
}

type DraftRow = Omit<SummaryRow, "comparison" | "shareOfFloorDistance"> & {
  readonly plain: Comparison | null;
};

function draftRow(
  { record, runs, looks: looksRecord }: SummaryInput,
  variant: Variant,
  { baseline, metric, margin, looks }: Pick<Summary, "baseline" | "metric" | "margin" | "looks">,
): DraftRow {
  const { experiment } = record;
  const facts = factsOf(record, variant);
  const comparedWith = baselineOf({ baseline }, variant.name);
  const own = runs.filter((run) => run.variant === variant.name);
  const results = own.flatMap((run) => run.results ?? []);
  const over = (value: (result: FinalResults) => number | null): number[] =>
    results.flatMap((result) => value(result) ?? []);
  const isBaseline = comparedWith === variant.name;
  const reference = isBaseline ? undefined : experiment.variants.find((other) => other.name === comparedWith);
  const diverged = divergedOf(own);
  const runPairs = reference === undefined ? [] : pairsOfWhole(own, runs, reference.name);
  const compareBy = (by: Metric): Comparison | null => {
    const asked = { margin, looks, differences: by.differences };
    return compare(pairValues(runPairs, by), asked, streamOf(0, "sign-flip", variant.name));
  };
  const causal = metricNamed("causal_validation_loss_nats", variant.settings);
  const compared = compareBy(metric);
  const level = compared?.level ?? looks.paid.at(-1)?.level ?? looks.alpha;
  const interval = (value: (result: FinalResults) => number | null): MeanInterval | null =>
    meanInterval(over(value), level);
  const marks = marksOf(record, variant, reference, runPairs);
  // What is the baseline again is not compared with it.
  const isAnother = marks.every(({ kind }) => kind !== "identical");
  return {
    variant: variant.name,
    label: variant.label,
    role: isBaseline ? "baseline" : roleOf(variant.name, experiment.controls),
    // With looks, a variant that has its verdict is not asked for more seeds.
    seedsAsked: looksRecord === undefined ? Math.max(experiment.seeds.length, own.length) : own.length,
    seedsFinished: results.length,
    seedsFailed: own.filter((run) => run.status === "failed").length,
    diverged,
    cost: costOf(facts, variant),
    expertsPerToken: {
      measured: meanOrNull(facts.expertsPerToken ?? []),
      declared: variant.settings.model.topK,
    },
    trainTokensPerSecond: facts.trainTokensPerSecond,
    causal: facts.causal,
    metric: diverged.length > 0 ? null : interval(metric.value),
    validationLossNats: interval((result) => result.validationLossNats),
    validationBitsPerByte: interval((result) => result.validationBitsPerByte),
    causalValidationLossNats: interval((result) => result.causalValidationLossNats),
    answers: summariseAnswers(results, resultsOf(runPairs), level),
    reports: summariseReports(results, resultsOf(runPairs), level),
    testLossNats: interval((result) => result.testLossNats ?? null),
    maxLoadShare: meanOrNull(over((result) => result.maxLoadShare)),
    deadExperts: meanOrNull(over((result) => result.deadExperts)),
    unroutedShare: meanOrNull(over((result) => result.unroutedShare)),
    comparedWith: reference?.name ?? null,
    plain: isAnother ? compared : null,
    causalComparison: facts.causal || metric.name === causal.name || !isAnother ? null : compareBy(causal),
    marks,
  };
}

/** What the record says of a variant beside its settings. */
function factsOf({ experiment, variants }: ExperimentRecord, { name }: Variant): VariantFacts {
  const facts = variants[name];
  if (facts === undefined) throw new Error(`the record of ${experiment.name} has no facts of ${name}`);
  return facts;
}

/** What has to be known when a variant is read beside the one that it is compared with. */
function marksOf(
  record: ExperimentRecord,
  variant: Variant,
  reference: Variant | undefined,
  pairs: readonly (readonly [RunRow, RunRow])[],
): readonly Mark[] {
  const facts = factsOf(record, variant);
  const { causal, seesLabels } = facts;
  const marks: readonly (Mark | null)[] = [
    causal ? null : { kind: "non-causal", detail: "routes by looking at future tokens" },
    seesLabels === true ? { kind: "sees-labels", detail: "is told labels of the data" } : null,
    reference === undefined
      ? null
      : computeMark(costOf(facts, variant), costOf(factsOf(record, reference), reference)),
    ...(reference === undefined ? [] : trainingMarks(variant.settings, reference.settings)),
    parentMark(variant.settings),
    identicalMark(pairs),
    provenanceMark(pairs),
  ];
  return marks.filter((mark) => mark !== null);
}

/** Its cost with the experts a token that were counted, where they were. */
function costOf({ cost, expertsPerToken }: VariantFacts, { settings: { model } }: Variant): Cost {
  return measuredCost(cost, model, expertsPerToken);
}

function divergedOf(runs: readonly RunRow[]): SummaryRow["diverged"] {
  return runs
    .filter((run) => run.status === "diverged")
    .map(({ seed, failure }) => ({ seed, why: failure ?? "" }));
}

/** In a grid a control is named at the first combination, and stands for its arm at each. */
function roleOf(variant: string, controls: Controls): SummaryRow["role"] {
  if (armOf(variant) === armOf(controls.floor)) return "floor";
  return armOf(variant) === armOf(controls.dense) ? "dense" : "variant";
}

/** A variant's name without its grid values. */
function armOf(variant: string | null): string | undefined {
  return variant?.split(", ", 1)[0];
}

/** Finished runs of a variant with the baseline's finished run at the same seed. */
function pairRuns(own: readonly RunRow[], runs: readonly RunRow[], baseline: string): [RunRow, RunRow][] {
  return own.flatMap((run) => {
    const partner = runs.find((other) => other.variant === baseline && other.seed === run.seed);
    const pair: [RunRow, RunRow][] = partner?.results && run.results ? [[run, partner]] : [];
    return pair;
  });
}

/** None where a seed of either diverged: those that are left are no sample. */
function pairsOfWhole(own: readonly RunRow[], runs: readonly RunRow[], baseline: string): [RunRow, RunRow][] {
  const others = runs.filter((run) => run.variant === baseline);
  return divergedOf([...own, ...others]).length > 0 ? [] : pairRuns(own, runs, baseline);
}

function resultsOf(pairs: readonly (readonly [RunRow, RunRow])[]): [FinalResults, FinalResults][] {
  return pairs.flatMap(([run, partner]) => {
    const both: [FinalResults, FinalResults][] =
      run.results && partner.results ? [[run.results, partner.results]] : [];
    return both;
  });
}

function pairValues(pairs: readonly (readonly [RunRow, RunRow])[], metric: Metric): Pair[] {
  return pairs.flatMap(([run, partner]) => {
    const variant = run.results && metric.value(run.results);
    const baseline = partner.results && metric.value(partner.results);
    return variant === null || baseline === null ? [] : [{ seed: run.seed, variant, baseline }];
  });
}

function meanOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : meanOf([...values]);
}
