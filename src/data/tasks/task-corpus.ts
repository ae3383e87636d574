import type { DataSettings } from "../../config/settings.ts";
import { hashJson, sha256 } from "../../core/json.ts";
import { mapSplits } from "../documents.ts";
import type { Tokens } from "../tokens.ts";
import type { Corpus, DomainTokens, Split, TaskKnowledge } from "../types.ts";
import { normalisedWeights } from "../weights.ts";
import { taskOf, type TaskOptions } from "./registry.ts";
import type { LabelledSequences, Task } from "./task.ts";

/** Tokens that a task draws, all splits together. */
const DRAWN_TOKENS = 2 ** 21;

/** Shares of what is held out, and T. */
type TaskData = Pick<DataSettings, "domains" | "validationShare" | "testShare" | "sequenceLength">;

/**
 * Draws the tokens of an experiment whose domains are all synthetic tasks: 2^21 tokens each, in sequences of T + 1. The first
 * sequences are validation, the next test, the rest training, by the shares of the settings.
 */
export function taskCorpus(data: TaskData): Corpus {
  const weights = normalisedWeights(data.domains);
  const drawn = data.domains.map(({ name, corpus, task: difficulty }) => {
    const task = taskOf(corpus);
    if (task === undefined) throw new Error(`domain "${name}" is no task`);
    const chosen = { ...task.defaults, ...difficulty };
    return { vocabulary: task.vocabulary(chosen), ...drawSplits(task, chosen, data) };
  });
  const domains = drawn.map(({ splits, documents, task }, index): DomainTokens => {
    const { name } = data.domains[index] ?? { name: "" };
    const { weight, validationWeight } = weights[index] ?? { weight: 0, validationWeight: 0 };
    const nothing = { sources: [], repeated: [], overlap: null };
    return { name, weight, validationWeight, splits, documents, task, ...nothing };
  });
  return {
    domains,
    vocabulary: Math.max(...drawn.map(({ vocabulary }) => vocabulary)),
    labelCount: Math.max(...drawn.map(({ task }) => task.labelCount)),
    tokenizer: null,
    hash: hashJson(
      drawn.map(({ splits, task }, index) => [
        domains[index]?.name,
        domains[index]?.weight,
        mapSplits((split) => [sha256(bytesOf(splits[split])), sha256(task.labels[split])]),
      ]),
    ),
  };
}

function drawSplits(
  task: Task<TaskOptions>,
  options: TaskOptions,
  { validationShare, testShare, sequenceLength }: TaskData,
): Pick<DomainTokens, "splits" | "documents"> & { readonly task: TaskKnowledge } {
  const sequenceTokens = sequenceLength + 1;
  const sequences = Math.max(3, Math.floor(DRAWN_TOKENS / sequenceTokens));
  const drawn = task.draw(options, { sequences, sequenceTokens });
  const validation = Math.ceil(validationShare * sequences);
  const test = Math.min(Math.ceil(testShare * sequences), sequences - validation);
  const ranges: Record<Split, readonly [number, number]> = {
    validation: [0, validation],
    test: [validation, validation + test],
    train: [validation + test, sequences],
  };
  const cut = <Values extends Tokens | Float32Array>(values: Values): Record<Split, Values> =>
    mapSplits((split) => {
      const [first, end] = ranges[split];
      return values.subarray(first * sequenceTokens, end * sequenceTokens) as Values;
    });
  return {
    splits: cut(drawn.tokens),
    documents: mapSplits((split) => ranges[split][1] - ranges[split][0]),
    task: {
      sequenceTokens,
      labelCount: task.labelCount(options),
      labels: cut(drawn.labels),
      bestNats: cut(drawn.bestNats),
      expectedNats: expectedNats(task, options, drawn, sequenceTokens),
      toldNats: task.toldNats(options, sequenceTokens),
    },
  };
}

/** Exact where the task knows; else the mean over all drawn sequences, which are independent, with its standard error. */
function expectedNats(
  task: Task<TaskOptions>,
  options: TaskOptions,
  { bestNats }: LabelledSequences,
  sequenceTokens: number,
): TaskKnowledge["expectedNats"] {
  const exact = task.expectedNats(options, sequenceTokens);
  if (exact !== null) return { mean: exact, standardError: 0 };
  const sequences = bestNats.length / sequenceTokens;
  let sum = 0;
  let squares = 0;
  for (let start = 0; start < bestNats.length; start += sequenceTokens) {
    let total = 0;
    for (let index = start; index < start + sequenceTokens; index++) total += bestNats[index] ?? 0;
    const nats = total / (sequenceTokens - 1);
    sum += nats;
    squares += nats * nats;
  }
  const mean = sum / sequences;
  const variance = Math.max(0, squares / sequences - mean * mean) * (sequences / (sequences - 1));
  return { mean, standardError: Math.sqrt(variance / sequences) };
}

function bytesOf(tokens: Tokens): Uint8Array {
  return new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength);
}
