import { evaluationBatches, evaluationPairs } from "../data/batches.ts";
import { weightedLoss } from "../data/losses.ts";
import { NAMES, reportsProgram } from "../model/programs.ts";
import type { FinalResults } from "../records/results.ts";
import { answerTokens } from "./evaluate.ts";
import { evaluationFeeds } from "./feeds.ts";
import { prepare } from "./judge.ts";
import type { ModelMemory } from "./model-memory.ts";
import type { Reference } from "./reference.ts";
import type { TrainingJob } from "./types.ts";

/**
 * What the objective reports on validation, domains by their validation weights: of pairs a mean over pairs, of answers one over their tokens.
 * Nothing of an objective that reports nothing.
 */
export async function objectiveResults(
  { model, corpus, engine, seed }: TrainingJob,
  { inputs }: Pick<ModelMemory, "inputs">,
  reference: Reference,
): Promise<Pick<FinalResults, "objective">> {
  const { objective, settings } = model;
  if (objective.reports.length === 0) return {};
  const inPairs = objective.needs === "pairs";
  const { data } = settings;
  const batches = (inPairs ? evaluationPairs : evaluationBatches)(
    corpus,
    data,
    "validation",
    data.validationTokens,
  );
  const { executable } = await prepare(engine, reportsProgram(model));
  const weights = new Map<string, number>();
  const sums = new Map(objective.reports.map((name) => [name, new Map<string, number>()]));
  for (const [index, batch] of batches.entries()) {
    const outputs = await executable.run({
      ...inputs,
      ...evaluationFeeds(model, batch, seed, index),
      ...(await reference.feeds(batch, index)),
    });
    const weight = inPairs ? 1 : answerTokens(batch);
    weights.set(batch.domain, (weights.get(batch.domain) ?? 0) + weight);
    for (const [name, ofDomains] of sums) {
      const value = outputs[NAMES.reported(name)]?.[0] ?? Number.NaN;
      ofDomains.set(batch.domain, (ofDomains.get(batch.domain) ?? 0) + weight * value);
    }
  }
  await executable.dispose();
  const means = [...sums].map(([name, ofDomains]) => {
    const byDomain = [...ofDomains].map(([domain, sum]) => [
      domain,
      sum / (weights.get(domain) ?? Number.NaN),
    ]);
    return [name, weightedLoss(corpus, Object.fromEntries(byDomain) as Record<string, number>)];
  });
  return { objective: Object.fromEntries(means) as Record<string, number> };
}
