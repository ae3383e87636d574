import { askedTokens, sampledTokens } from "../../sweep/analyze/ask-price.ts";
import { gradientTokens, regretTokens } from "../../sweep/analyze/regret-price.ts";
import { hasAnswers, type StoredRuns } from "../../sweep/analyze/stored-runs.ts";
import { aboutDuration } from "../format.ts";
import type { AnalyzeOptions, AnalyzeRequest } from "./request.ts";

/** Compiling and reading a model; measured with the models of the attention experiment on 2 cores. */
const SECONDS_A_VARIANT = 2;

/** About how long it takes, from the speeds that the results hold: a token forwards costs a third of one trained on. */
export function priceOf(
  { results, runs }: StoredRuns,
  { tokens, temperatures }: Pick<AnalyzeRequest, "tokens" | "temperatures">,
  { isRegretAsked, questions }: Pick<AnalyzeOptions, "isRegretAsked" | "questions">,
): string {
  let seconds = 0;
  for (const { variant, steps, record, parents } of runs) {
    const speed = results.record.variants[variant]?.trainTokensPerSecond ?? null;
    if (speed === null) return "the results hold no speeds to price it from";
    const { settings } = record.identity;
    const models = (steps.length + 1) * (tokens + gradientTokens(settings));
    const asked = askedTokens(settings, questions) * (parents.length > 0 ? 2 : 1);
    const sampled = temperatures.length * (hasAnswers(record) ? sampledTokens(settings) : 0);
    const passes = models + asked + sampled + (isRegretAsked ? regretTokens(settings) : 0);
    seconds += passes / (3 * speed);
  }
  seconds += SECONDS_A_VARIANT * new Set(runs.map(({ variant }) => variant)).size;
  return aboutDuration(seconds);
}
