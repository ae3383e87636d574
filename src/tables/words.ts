import type { Comparison } from "../analysis/comparison.ts";
import type { DifferenceUnit, Metric } from "../analysis/metrics.ts";
import { startWords, tokensTrained } from "../analysis/marks.ts";
import type { Sensitivity } from "../analysis/sensitivity.ts";
import type { Summary, SummaryRow } from "../analysis/summary.ts";
import { lossUnits } from "../config/stages/loss-units.ts";
import { compact, fixed, percent } from "./format.ts";
import { undecidedNotes } from "./look-words.ts";

/** Sentences that stand above and below a table of results. */

/**
 * The line that says how sharp the instrument is: a verdict of no difference means something only beside it. Differences are
 * percent of the baseline's mean, with 95 % t-intervals.
 */
export function sensitivityLine(sensitivity: Sensitivity, unit: DifferenceUnit = "%"): string {
  const { dense, floor, smallestEffectShare } = sensitivity;
  const parts =
    dense === "absent" && floor === "absent"
      ? [
          "without controls (no dense model, no frozen random routing): how much routing matters here is not known",
        ]
      : [
          control(dense, unit, ["MoE", "dense", "dense control"]),
          control(floor, unit, ["learned routing", "frozen random routing", "frozen random control"]),
        ];
  return `Sensitivity: ${parts.join(", ")}; ${visible(smallestEffectShare, unit)}.`;
}

function control(
  comparison: Sensitivity["dense"],
  unit: DifferenceUnit,
  [ours, theirs, name]: readonly [string, string, string],
): string {
  if (comparison === "absent") return `without a ${name}`;
  if (comparison === "unfinished") return `no finished pair of the ${name} yet`;
  const { mean, low, high } = comparison.relative;
  const size = `${percent(Math.abs(mean))} ${unit}`;
  const verb = mean >= 0 ? "beats" : "loses to";
  if (low === null || high === null) return `${ours} ${verb} ${theirs} by ${size} (one seed, no interval)`;
  if (low <= 0 && high >= 0) {
    return `${ours} and ${theirs} can't be told apart (${percent(mean, 2, true)} ${unit} ${interval(low, high)}, + is for ${ours})`;
  }
  const [from, to] = mean >= 0 ? [low, high] : [-high, -low];
  return `${ours} ${verb} ${theirs} by ${size} ${interval(from, to)}`;
}

function interval(low: number, high: number): string {
  return `[${percent(low)}, ${percent(high)}]`;
}

function visible(effect: Sensitivity["smallestEffectShare"], unit: DifferenceUnit): string {
  if (effect === null) return "one seed shows no effect of any size: more seeds are needed";
  const [least, most] = [percent(effect.least), percent(effect.most)];
  const size = least === most ? `${most} ${unit}` : `${least} to ${most} ${unit} (it depends on the variant)`;
  return `with these seeds, effects under ${size} can't be seen (80 % power)`;
}

/** For which training the conclusions hold. */
export function trainingLine({ settings, tier, numerics }: Summary): string {
  const { model, data, training } = settings;
  const shape = `${data.batchSequences} x ${data.sequenceLength} tokens`;
  const domains = data.domains.map((domain) => domain.name).join(", ");
  const parts = [
    `${training.steps} steps of ${shape} (${compact(tokensTrained(settings))} tokens) at peak learning rate ${training.learningRate}`,
    `width ${model.width}, ${model.layers} layers${model.denseLayers === 0 ? "" : ` (the first ${model.denseLayers === 1 ? "" : `${model.denseLayers} `}dense)`}, ${model.experts} experts of width ${model.expertWidth}${model.latentWidth === 0 ? "" : ` in a latent space of ${model.latentWidth}`}, top-${model.topK}`,
    settings.parent === null ? "" : startWords(settings),
    `text: ${domains}`,
    tier === "" ? "" : `tier ${tier}`,
    numerics === null ? "" : `numerics ${numerics}`,
  ].filter((part) => part !== "");
  return `Holds for this training: ${parts.join("; ")}. Over seeds, not over corpora or sizes.`;
}

/** Footnote signs by kind of mark, in the order of the notes. */
const SIGNS = {
  "non-causal": "†",
  "sees-labels": "◊",
  "unequal-compute": "‡",
  "unequal-data": "§",
  "unequal-training": "§",
  "given-parent": "",
  identical: "≡",
  provenance: "¶",
} as const;

/** What signs say in a few words; `notesOf` has them in full. */
const SHORT_SIGNS: Readonly<Record<string, string>> = {
  "†": "sees future tokens",
  "◊": "is told the right label",
  "‡": "compute differs by over 1 %",
  "§": "not the same training",
  "¶": "pairs of different engines",
};

/**
 * The signs that stand in rows, each with a few words.
 * @param signs of all rows, one behind the other.
 * @param explained signs that have their note already.
 */
export function signLegend(signs: string, explained = ""): string[] {
  return Object.entries(SHORT_SIGNS).flatMap(([sign, words]) =>
    signs.includes(sign) && !explained.includes(sign) ? [`${sign} ${words}`] : [],
  );
}

/** Footnote signs of a row, e.g. `†‡`. */
export function marksOf(row: SummaryRow): string {
  return [...new Set(row.marks.map((mark) => SIGNS[mark.kind]))].join("");
}

/** Notes that explain the signs used, and what is missing. */
export function notesOf(summary: Summary): string[] {
  const each = (kinds: readonly string[], say: (row: SummaryRow, detail: string) => string): string[] =>
    summary.rows.flatMap((row) =>
      row.marks.filter((mark) => kinds.includes(mark.kind)).map((mark) => say(row, mark.detail)),
    );
  const note = (text: string, rows: readonly string[]): string[] =>
    rows.length === 0 ? [] : [`${text}: ${rows.join("; ")}.`];
  return [
    ...note(
      "† Sees future tokens, so its loss is not a language-model loss. With the past alone deciding",
      each(["non-causal"], (row) => causalWords(row, summary)),
    ),
    ...note(
      "◊ Is told the right label of every token (an oracle), so it is no model of language but a bound",
      each(["sees-labels"], ({ label }) => label),
    ),
    ...note(
      `‡ Compute is not equal to ${summary.baseline}'s (over 1 %)`,
      each(["unequal-compute"], (row, detail) => `${row.label} ${detail}`),
    ),
    ...note(
      "Parameters and FLOPs are those of the experts a token that were counted on validation, where these are not topK",
      summary.rows.flatMap(countedExperts),
    ),
    ...note(
      "§ Not the same training",
      each(["unequal-data", "unequal-training"], (row, detail) => `${row.label} ${detail}`),
    ),
    ...note(
      "Every seed starts from one parent run, so what is found holds given that run",
      each(["given-parent"], (row, detail) => `${row.label} (${detail})`),
    ),
    ...note(
      "≡ The baseline again, bit for bit: what differs changes no number, so there is nothing to compare",
      each(["identical"], (row, detail) => `${row.label} ${detail}`),
    ),
    ...note(
      "¶ Pairs not computed by the same engine, versions and threads",
      each(["provenance"], (row, detail) => `${row.label} ${detail}`),
    ),
    ...floorShares(summary),
    ...note(
      "Diverged, as the same seeds would again, so there is no mean and no verdict of the seeds that are left (nor against a baseline that diverged); lower training.learningRate",
      summary.rows.flatMap(divergedNote),
    ),
    ...note("Failed, for the reason that `moe-lab run` ends with", summary.rows.flatMap(failedNote)),
    ...note("Not finished (`moe-lab run` on the same file goes on)", unfinished(summary)),
    ...undecidedNotes(summary),
  ];
}

/** The sign-flip test beside the t-test: exact up to 20 pairs, else sampled, with the smallest p that it can give. */
export function signFlipNotes({ rows }: Summary): string[] {
  const tested = rows.flatMap(({ label, comparison }) =>
    comparison?.test == null || comparison.signFlip === null
      ? []
      : [{ label, pairs: comparison.pairs.length, ...comparison.signFlip }],
  );
  if (tested.length === 0) return [];
  const shown = (p: number): string => (p < 0.001 ? p.toExponential(0) : p.toFixed(3));
  const bounds = new Map(
    tested.map(({ pairs, smallestP, method }) => [
      pairs,
      `${shown(smallestP)} with ${pairs} pairs${method === "sampled" ? " (sampled)" : ""}`,
    ]),
  );
  const isSampled = tested.some(({ method }) => method === "sampled");
  const how = isSampled ? "all sign patterns up to 20 pairs, 200 000 sampled beyond" : "all sign patterns";
  return [
    `Without the t-test's assumption of normal differences, by sign flips (${how}; no correction; the smallest p possible is ${[...bounds.values()].join(", ")}): ${tested.map(({ label, p }) => `${label} ${shown(p)}`).join(", ")}.`,
  ];
}

function causalWords(row: SummaryRow, { settings }: Summary): string {
  const loss = row.causalValidationLossNats;
  const unit = lossUnits(settings).nats;
  if (loss === null) return `${row.label} not known`;
  const against = row.causalComparison === null ? "" : ` (${relativeWords(row.causalComparison, unit)})`;
  const unrouted =
    row.unroutedShare === null ? "" : `, ${percent(row.unroutedShare, 1)} % of tokens without an expert`;
  return `${row.label} has ${loss.mean.toFixed(4)} ${unit}${against}${unrouted}`;
}

/** `+1.20 % [0.40, 2.00] against the baseline`. */
function relativeWords(comparison: Comparison, unit: string): string {
  const { low, high } = comparison.relative;
  const { size } = shownDifference(comparison, { differences: "%", unit });
  const isShare = low !== null && high !== null && comparison.scale !== 0;
  return `${size}${isShare ? ` ${interval(low, high)}` : low === null ? " one seed" : ""} against the baseline`;
}

/** A difference as people read it. */
interface ShownDifference {
  /** `+0.74 %`, `-4.30 points`; in the metric's own unit where no share can be had: the baseline's mean is 0. */
  readonly size: string;
  /** `+0.43 to +1.06`; null with one pair. */
  readonly range: string | null;
}

/** A difference in the unit in which a metric's are read, two digits. */
export function shownDifference(
  { relative, meanDifference, test, scale }: Comparison,
  { differences, unit }: Pick<Metric, "differences" | "unit">,
): ShownDifference {
  const of = scale === 0 ? { mean: meanDifference, low: test?.low, high: test?.high } : relative;
  const write = (value: number): string => (scale === 0 ? fixed(value, 4, true) : percent(value, 2, true));
  return {
    size: `${write(of.mean)} ${scale === 0 ? unit : differences}`,
    range: of.low == null || of.high == null ? null : `${write(of.low)} to ${write(of.high)}`,
  };
}

/** What differences are shares of: `percent of the baseline's mean`. */
export function scaleWords({ metric, rows }: Summary): string {
  if (rows.some(({ comparison }) => comparison?.scale === 0)) {
    return "percent of the baseline's mean, which is 0: no percentage and no margin can be had of it, and all that is said is of the difference itself";
  }
  return metric.differences === "points" ? "in points" : "percent of the baseline's mean";
}

/** Each variant's difference as a share of the distance from baseline to floor; one seed, or a loss that saw the future, has none. */
function floorShares(summary: Summary): string[] {
  const shares = summary.rows
    .filter((row) => row.role !== "floor" && row.causal && row.comparedWith === summary.baseline)
    .flatMap((row) =>
      row.shareOfFloorDistance === null || row.comparison?.test == null
        ? []
        : [`${row.label} ${percent(row.shareOfFloorDistance, 0, true)} %`],
    );
  if (shares.length === 0) return [];
  return [
    `Differences as shares of the distance from baseline to frozen random routing: ${shares.join(", ")}.`,
  ];
}

/** A row whose router sends tokens to more or fewer experts than topK, by over 1 %. */
function countedExperts({ label, expertsPerToken: { measured, declared } }: SummaryRow): string[] {
  if (measured === null || Math.abs(measured / declared - 1) <= 0.01) return [];
  return [`${label} ${measured.toFixed(2)} (topK ${declared})`];
}

/** `diverged 3/6`, in the place of a verdict; undefined where no seed did. */
export function divergedWords({ diverged, seedsAsked }: SummaryRow): string | undefined {
  return diverged.length === 0 ? undefined : `diverged ${diverged.length}/${seedsAsked}`;
}

/** Which seeds of a variant diverged, and how the first of them did. */
function divergedNote({ label, diverged, seedsAsked }: SummaryRow): string[] {
  const [first] = diverged;
  if (first === undefined) return [];
  const seeds = diverged.map(({ seed }) => seed).join(", ");
  const [how = ""] = first.why.split(/\. |; /, 1);
  const one = how === "" ? "" : ` (seed ${first.seed}: ${how})`;
  return [
    `${label} ${diverged.length} of ${seedsAsked}, seed${diverged.length === 1 ? "" : "s"} ${seeds}${one}`,
  ];
}

/** Runs that ended with an error of their own; whether the same command helps depends on it. */
function failedNote({ label, seedsFailed, seedsAsked }: SummaryRow): string[] {
  return seedsFailed === 0 ? [] : [`${label} ${seedsFailed} of ${seedsAsked}`];
}

function unfinished(summary: Summary): string[] {
  return summary.rows
    .filter((row) => row.seedsFinished + row.diverged.length + row.seedsFailed < row.seedsAsked)
    .map((row) => `${row.label} ${row.seedsFinished} of ${row.seedsAsked}`);
}
