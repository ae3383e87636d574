import type { DataSettings } from "../../config/settings.ts";
import { InputError, type Problem } from "../../core/errors.ts";
import { hashJson, sha256 } from "../../core/json.ts";
import { streamOf } from "../../core/streams.ts";
import { mapSplits } from "../documents.ts";
import { byteTokenizer } from "../tokenizers/tokenizer.ts";
import type { AnswerKnowledge, AnswerPairs, Corpus, DomainTokens, Split } from "../types.ts";
import { normalisedWeights } from "../weights.ts";
import { instructionTasks } from "./registry.ts";
import { type Answered, answerSequences, bytesOfAnswered } from "./sequences.ts";
import type { Instruction, InstructionTask } from "./types.ts";

/** Instructions that a task draws for each split. */
const DRAWN: Readonly<Record<Split, number>> = { train: 8192, validation: 1024, test: 1024 };

type InstructionData = Pick<DataSettings, "domains" | "sequenceLength">;

/**
 * The tokens of an experiment whose domains are all tasks with instructions: of each, 8192 instructions to train on and 1024 each for
 * validation and test, drawn from the streams `0/instructions/<task>/<split>` whatever the seed of a run, as sequences of T + 1 bytes
 * (sequences.ts). Pairs are an instruction's answer with each of its rejected ones.
 * @param tasks by name; those that are shipped by default.
 * @throws InputError for every domain with an instruction that is longer than the sequence.
 */
export function instructionCorpus(
  { domains: settings, sequenceLength }: InstructionData,
  tasks: Readonly<Record<string, InstructionTask>> = instructionTasks,
): Corpus {
  const sequenceTokens = sequenceLength + 1;
  const drawn = settings.map(({ name, corpus }) => {
    const task = tasks[corpus ?? ""];
    if (task === undefined) throw new Error(`domain "${name}" is no task with instructions`);
    return mapSplits((split) =>
      task.draw(DRAWN[split], split, streamOf(0, "instructions", corpus ?? "", split)),
    );
  });
  const problems = drawn.flatMap((splits, index) => lengthProblem(splits, sequenceTokens, index));
  if (problems.length > 0) throw new InputError(problems);
  const weights = normalisedWeights(settings);
  const domains = drawn.map((splits, index): DomainTokens => {
    const { name } = settings[index] ?? { name: "" };
    const { weight, validationWeight } = weights[index] ?? { weight: 0, validationWeight: 0 };
    const nothing = { task: null, sources: [], repeated: [], overlap: null };
    return { name, weight, validationWeight, ...answered(splits, sequenceTokens), ...nothing };
  });
  return {
    domains,
    vocabulary: byteTokenizer.vocabulary,
    labelCount: domains.length,
    tokenizer: byteTokenizer,
    hash: hashJson(domains.map(digest)),
  };
}

function lengthProblem(
  splits: Readonly<Record<Split, readonly Instruction[]>>,
  sequenceTokens: number,
  index: number,
): readonly Problem[] {
  const longest = Math.max(
    ...Object.values(splits)
      .flatMap((all) => all.flatMap(answersOf))
      .map(bytesOfAnswered),
  );
  if (longest <= sequenceTokens) return [];
  const message =
    `an instruction with its answer and end is ${longest} bytes long, but a sequence holds data.sequenceLength + 1 = ` +
    `${sequenceTokens}; raise data.sequenceLength to at least ${longest - 1}`;
  return [{ where: "", path: `data.domains[${index}]`, message }];
}

/** A prompt with every answer that it has, the right one first. */
function answersOf({ prompt, answer, rejected }: Instruction): Answered[] {
  return [{ prompt, answer }, ...rejected.map((other) => ({ prompt, answer: other.answer }))];
}

function answered(
  splits: Readonly<Record<Split, readonly Instruction[]>>,
  sequenceTokens: number,
): Pick<DomainTokens, "splits" | "documents"> & { readonly answers: AnswerKnowledge } {
  const chosen = mapSplits((split) => answerSequences(splits[split], sequenceTokens));
  return {
    splits: mapSplits((split) => chosen[split].tokens),
    documents: mapSplits((split) => splits[split].length),
    answers: {
      sequenceTokens,
      mask: mapSplits((split) => chosen[split].mask),
      pairs: mapSplits((split) => pairsOf(splits[split], sequenceTokens)),
    },
  };
}

function pairsOf(instructions: readonly Instruction[], sequenceTokens: number): AnswerPairs {
  const pairs = instructions.flatMap((instruction, index) =>
    answersOf(instruction)
      .slice(1)
      .map((rejected) => ({ index, rejected })),
  );
  return {
    chosen: Int32Array.from(pairs, ({ index }) => index),
    ...answerSequences(
      pairs.map(({ rejected }) => rejected),
      sequenceTokens,
    ),
  };
}

/** What decides the numbers of a run on a domain. */
function digest({ name, weight, splits, answers }: DomainTokens): unknown {
  return [
    name,
    weight,
    mapSplits((split) => [
      sha256(splits[split] as Uint8Array),
      sha256(answers?.mask[split] ?? new Uint8Array(0)),
      sha256((answers?.pairs[split].tokens ?? new Uint8Array(0)) as Uint8Array),
    ]),
  ];
}
