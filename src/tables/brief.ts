import { tokensTrained } from "../analysis/marks.ts";
import type { Summary, SummaryRow } from "../analysis/summary.ts";
import { isOpen, type Verdict } from "../analysis/verdict.ts";
import { ABILITY_PANELS, abilityNotes } from "./abilities/abilities.ts";
import { compact, percent } from "./format.ts";
import { shortPriceOfMore } from "./look-words.ts";
import { lossTable } from "./loss.ts";
import type { Table } from "./table.ts";
import { shownDifference, signLegend } from "./words.ts";

/**
 * The answer for a reader with two minutes: what was found in sentences, one table, two lines to read it by. All else (costs, load, sign flips,
 * marks in full, looks) is in `lossTable`.
 */
export function briefTable(summary: Summary): Table {
  const whole = lossTable(summary);
  const legend = signLegend(whole.rows.map(({ marks }) => marks).join(""));
  const shown = new Set([1, ...ABILITY_PANELS.map(({ panel }) => panel)]);
  return {
    ...whole,
    lead: headlineOf(summary),
    columns: whole.columns.filter(({ panel }) => shown.has(panel)),
    notes: [
      `Lower is better; ± is half a ${percent(1 - summary.alpha, 0)} % interval over seeds. ${trainingWords(summary)}`,
      ...abilityNotes(summary.rows),
      ...(legend.length === 0 ? [] : [`${legend.join("; ")}.`]),
    ],
  };
}

function trainingWords({ settings, rows }: Summary): string {
  const parameters = rows.find((row) => row.role === "baseline")?.cost.totalParameters;
  const size = parameters === undefined ? "" : ` of ${compact(parameters)} parameters`;
  return `Found in models${size} after ${compact(tokensTrained(settings))} tokens.`;
}

/**
 * What was found, in sentences: the first variant that is no control, then the others by verdict, then whether routing can be seen at this size, and
 * what would decide what is undecided.
 */
export function headlineOf(summary: Summary): string[] {
  const compared = summary.rows.filter((row) => row.comparison !== null);
  const variants = compared.filter((row) => row.role === "variant");
  const [first, ...others] = variants.length > 0 ? variants : compared;
  if (first === undefined) return [noAnswer(summary)];
  return [
    [answerOf(first, summary), othersOf(others), sightOf(summary)].filter((text) => text !== "").join(" "),
    ...decidedBy(summary, first),
  ];
}

function noAnswer({ rows, metric }: Summary): string {
  const finished = rows.filter(({ seedsFinished }) => seedsFinished > 0);
  return finished.length > 0 && finished.every((row) => row.metric === null && row.diverged.length === 0)
    ? `No finished run has the number ${metric.name}, so there is no answer.`
    : "No finished pair of runs yet, so there is no answer.";
}

/** A variant's answer for a page that has room for all of them. */
export interface VerdictSentence {
  readonly variant: string;
  readonly verdict: Verdict | null;
  readonly sentence: string;
}

/** Every comparison in a sentence, in the experiment's order, controls last. */
export function verdictSentences(summary: Summary): readonly VerdictSentence[] {
  const compared = summary.rows.filter((row) => row.comparison !== null);
  const isControl = ({ role }: SummaryRow): boolean => role !== "variant";
  return [...compared.filter((row) => !isControl(row)), ...compared.filter(isControl)].map((row) => ({
    variant: row.variant,
    verdict: row.comparison?.verdict ?? null,
    sentence: answerOf(row, summary),
  }));
}

/** A verdict as a sentence, by its word. */
function answerOf(row: SummaryRow, summary: Summary): string {
  const { comparison } = row;
  const against = summary.rows.find(({ variant }) => variant === row.comparedWith)?.label ?? summary.baseline;
  if (comparison === null) return "";
  const { metric } = summary;
  const difference = shownDifference(comparison, metric);
  const pairs = comparison.pairs.length;
  const size = `${difference.size} ${metric.label}`;
  const margin = `${percent(summary.margin, 1)} ${metric.differences}`;
  if (difference.range === null) {
    return `${row.label} against ${against}: ${size} with one seed, which is no evidence.`;
  }
  const evidence = `${size}, ${percent(1 - comparison.level, 0)} % interval ${difference.range}, ${pairs} seeds`;
  switch (comparison.verdict) {
    case "better":
    case "worse":
      return `${row.label} trains a ${comparison.verdict} model than ${against}: ${evidence}.`;
    case "better within the margin":
    case "worse within the margin":
      return `${row.label} trains a ${comparison.verdict.split(" ")[0]} model than ${against}, by less than the margin of ${margin}: ${evidence}.`;
    case "equivalent":
      return `${row.label} and ${against} train equally good models (to ${margin}): ${evidence}.`;
    default:
      return `Whether ${row.label} or ${against} trains the better model is undecided: ${evidence}.`;
  }
}

/** The other variants by verdict: `Worse too: A; undecided: B, C.` */
function othersOf(rows: readonly SummaryRow[]): string {
  const labels = new Map<string, string[]>();
  for (const { label, comparison } of rows) {
    const verdict = comparison?.verdict ?? "undecided";
    labels.set(verdict, [...(labels.get(verdict) ?? []), label]);
  }
  if (labels.size === 0) return "";
  return `Of the others: ${[...labels].map(([verdict, names]) => `${verdict} ${names.join("; ")}`).join(" | ")}.`;
}

/** Whether the instrument sees routing at all: whether the frozen control has a verdict. */
function sightOf({ rows, metric }: Summary): string {
  const floor = rows.find((row) => row.role === "floor");
  if (floor === undefined)
    return "How much routing matters at this size is not known: there is no frozen control.";
  if (floor.comparison === null) return "";
  const { comparison } = floor;
  const cost =
    comparison.scale === 0
      ? shownDifference(comparison, metric).size
      : `${percent(comparison.relative.mean, 1, true)} ${metric.differences}`;
  return comparison.verdict === "worse"
    ? `The lab can see routing at this size: frozen random routing costs ${cost}.`
    : `With these seeds the lab can't tell learned routing from frozen random routing (${cost}).`;
}

/** What would decide the first variant, and its price; nothing where it is decided. */
function decidedBy(summary: Summary, row: SummaryRow): string[] {
  if (row.comparison === null || !isOpen(row.comparison.verdict)) return [];
  return [shortPriceOfMore(summary, row)];
}
