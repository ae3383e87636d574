import { canonicalJson } from "../core/json.ts";
import type { Settings } from "../config/settings.ts";
import type { Cost } from "../model/cost.ts";
import type { RunRow } from "../store/records.ts";

/** Why a row must be read with care. */
export interface Mark {
  readonly kind: "non-causal" | "unequal-compute" | "unequal-data" | "unequal-training" | "provenance";
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

/** Marks a variant trained on other text, or for another number of tokens, than the baseline. */
export function trainingMarks(settings: Settings, baseline: Settings): Mark[] {
  const marks: Mark[] = [];
  const text = ({ data: { domains, validationShare, testShare, validationTokens } }: Settings): string =>
    canonicalJson({ domains, validationShare, testShare, validationTokens });
  if (text(settings) !== text(baseline)) {
    marks.push({ kind: "unequal-data", detail: "other text, or other validation tokens" });
  }
  const [tokens, reference] = [tokensTrained(settings), tokensTrained(baseline)];
  if (tokens !== reference) {
    marks.push({ kind: "unequal-training", detail: `${tokens} training tokens against ${reference}` });
  }
  return marks;
}

/** Tokens that a run of these settings trains on. */
export function tokensTrained({ data, training }: Settings): number {
  return training.steps * data.batchSequences * data.sequenceLength;
}

/** Marks a variant with pairs whose two runs were not computed by the same engine, versions and threads. */
export function provenanceMark(pairs: readonly (readonly [RunRow, RunRow])[]): Mark | null {
  const seeds = pairs
    .filter(([variant, baseline]) => variant.provenance !== baseline.provenance)
    .map(([variant]) => variant.seed);
  return seeds.length === 0 ? null : { kind: "provenance", detail: `at seed ${seeds.join(", ")}` };
}
