import { canonicalJson } from "../core/json.ts";
import { routerWords } from "../config/by-layer/spans.ts";
import type { DomainSettings, OwnSettings, ParentSettings, Settings } from "../config/settings.ts";
import type { Cost } from "../records/cost.ts";
import type { RunRow } from "../records/experiment.ts";

/** Why a row must be read with care. */
export interface Mark {
  readonly kind:
    | "non-causal"
    | "sees-labels"
    | "unequal-compute"
    | "unequal-data"
    | "unequal-training"
    | "given-parent"
    | "identical"
    | "provenance";
  /** What differs, in words. */
  readonly detail: string;
}

/** Costs within this share of each other are equal. */
const EQUAL_WITHIN = 0.01;

/** Marks a variant whose total parameters, active parameters or forward FLOPs a token differ by more than 1 %. */
export function computeMark(cost: Cost, baseline: Cost): Mark | null {
  const parts: [string, number, number][] = [
    ["total parameters", cost.totalParameters, baseline.totalParameters],
    ["active parameters", cost.activeParameters, baseline.activeParameters],
    ["forward FLOPs", cost.forwardFlopsPerToken, baseline.forwardFlopsPerToken],
  ];
  const differing = parts
    .map(([name, value, reference]) => ({ name, change: value / reference - 1 }))
    .filter(({ change }) => Math.abs(change) > EQUAL_WITHIN)
    .map(({ name, change }) => `${name} ${change > 0 ? "+" : ""}${(100 * change).toFixed(0)} %`);
  return differing.length === 0 ? null : { kind: "unequal-compute", detail: differing.join(", ") };
}

/** Marks a variant trained on other text, for another number of tokens, or from another start, than the baseline. */
export function trainingMarks(settings: Settings, baseline: Settings): Mark[] {
  const marks: Mark[] = [];
  if (trainedText(settings) !== trainedText(baseline) || judgedText(settings) !== judgedText(baseline)) {
    const isJudgedAlike = judgedText(settings) === judgedText(baseline);
    const detail = isJudgedAlike
      ? "other mixture of text, judged on the same validation text"
      : "other text, or other validation tokens";
    marks.push({ kind: "unequal-data", detail });
  }
  const [tokens, reference] = [tokensTrained(settings), tokensTrained(baseline)];
  if (tokens !== reference) {
    marks.push({ kind: "unequal-training", detail: `${tokens} training tokens against ${reference}` });
  }
  const [start, referenceStart] = [startWords(settings), startWords(baseline)];
  if (start !== referenceStart) marks.push({ kind: "unequal-training", detail: start });
  return marks;
}

/** What a run is trained on: the domains, their shares and their split. */
function trainedText({ data: { domains, validationShare, testShare } }: Settings): string {
  const total = domains.reduce((sum, { weight }) => sum + weight, 0);
  const shares = domains.map(({ name, corpus, task, files, weight }) => ({
    name,
    corpus,
    task,
    files,
    share: weight / total,
  }));
  return canonicalJson({ shares, validationShare, testShare });
}

/** What its validation loss is a mean of. */
function judgedText({ data: { domains, validationShare, testShare, validationTokens } }: Settings): string {
  const weightOf = ({ weight, validationWeight }: DomainSettings): number => validationWeight ?? weight;
  const total = domains.reduce((sum, domain) => sum + weightOf(domain), 0);
  const shares = domains.map((domain) => {
    const { name, corpus, task, files } = domain;
    return { name, corpus, task, files, share: weightOf(domain) / total };
  });
  return canonicalJson({ shares, validationShare, testShare, validationTokens });
}

/** Marks a variant all of whose seeds start from one and the same parent run. */
export function parentMark({ parent }: Settings): Mark | null {
  if (parent === null || parent.seed === null) return null;
  return { kind: "given-parent", detail: parentWords(parent) };
}

/** `starts from a parent (dense, 819200 tokens)`, or that there is none. */
export function startWords({ parent }: Settings): string {
  return parent === null ? "starts at random" : `starts from a parent (${parentWords(parent)})`;
}

function parentWords(parent: ParentSettings): string {
  const seed = parent.seed === null ? "" : `, seed ${parent.seed}`;
  const stages = lineOf(parent).map(({ objective }) => objective.name);
  const trained = stages.length === 1 ? "" : `${stages.join(", ")}, `;
  const tokens = tokensOfLine(parent);
  return `${trained}${routerWords(parent.router)}, ${tokens} tokens${seed}`;
}

/** Tokens that the model of a run had been trained on before it: those of its parents. */
export function tokensBefore({ parent }: Pick<Settings, "parent">): number {
  return parent === null ? 0 : tokensOfLine(parent);
}

function tokensOfLine(parent: ParentSettings): number {
  return lineOf(parent).reduce((sum, run) => sum + tokensTrained(run), 0);
}

/** A parent and those before it, the first of them first. */
function lineOf(parent: ParentSettings): readonly ParentSettings[] {
  return [...(parent.parent === null ? [] : lineOf(parent.parent)), parent];
}

/** Tokens that a run of these settings trains on. */
export function tokensTrained({ data, training }: OwnSettings): number {
  return training.steps * data.batchSequences * data.sequenceLength;
}

/** Marks a variant with pairs whose two runs were not computed by the same engine, versions and threads. */
export function provenanceMark(pairs: readonly (readonly [RunRow, RunRow])[]): Mark | null {
  const seeds = pairs
    .filter(([variant, baseline]) => variant.provenance !== baseline.provenance)
    .map(([variant]) => variant.seed);
  return seeds.length === 0 ? null : { kind: "provenance", detail: `at seed ${seeds.join(", ")}` };
}

/** Marks a variant whose runs are its baseline's in every number of every seed: what differs does nothing, and nothing is to be compared. */
export function identicalMark(pairs: readonly (readonly [RunRow, RunRow])[]): Mark | null {
  const isIdentical = pairs.every(
    ([variant, baseline]) => canonicalJson(variant.results) === canonicalJson(baseline.results),
  );
  if (pairs.length === 0 || !isIdentical) return null;
  return { kind: "identical", detail: pairs.length === 1 ? "at one seed" : `at all ${pairs.length} seeds` };
}
