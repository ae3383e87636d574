import type { DataSettings } from "../config/settings.ts";
import { evaluationOffsets } from "./batches.ts";
import { weightedLoss } from "./losses.ts";
import type { Corpus, Split } from "./types.ts";

/** The best possible loss of a corpus of synthetic tasks, nats per token; domains by validation weight. */
interface Optimum {
  /** On the very windows of the evaluation. */
  readonly measuredNats: number;
  /** In expectation, with its standard error (0: exact). */
  readonly expectedNats: number;
  readonly standardError: number;
  /** Expectation for a predictor that is told every label. */
  readonly toldNats: number;
}

/** The optimum of `evaluationBatches` of the same arguments; null for text, whose optimum nobody knows. */
export function optimumOf(
  corpus: Corpus,
  data: Pick<DataSettings, "sequenceLength" | "batchSequences">,
  split: Split,
  tokens: number,
): Optimum | null {
  const domains = corpus.domains.map((domain) => {
    const { task } = domain;
    if (task === null) return null;
    let sum = 0;
    const offsets = evaluationOffsets(domain, data, split, tokens);
    for (const offset of offsets) {
      const targets = task.bestNats[split].subarray(offset + 1, offset + 1 + data.sequenceLength);
      sum += targets.reduce((total, nats) => total + nats, 0);
    }
    const { mean, standardError } = task.expectedNats;
    const measured = sum / (offsets.length * data.sequenceLength);
    return { ...domain, measured, mean, standardError, told: task.toldNats };
  });
  if (domains.some((domain) => domain === null)) return null;
  const known = domains.filter((domain) => domain !== null);
  const mean = (of: "measured" | "mean" | "told"): number =>
    weightedLoss(corpus, Object.fromEntries(known.map((domain) => [domain.name, domain[of]])));
  return {
    measuredNats: mean("measured"),
    expectedNats: mean("mean"),
    standardError: Math.hypot(
      ...known.map(({ validationWeight, standardError }) => validationWeight * standardError),
    ),
    toldNats: mean("told"),
  };
}
