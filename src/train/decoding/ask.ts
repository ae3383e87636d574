import { END_BYTE } from "../../data/instructions/sequences.ts";
import type { Engine } from "../../engine/types.ts";
import { DECODING, scoreProgram } from "../../model/decoding-programs.ts";
import { NAMES } from "../../model/programs.ts";
import type { AnswerResults, ChoiceCounts, SplitAnswers } from "../../records/results.ts";
import { decodingNoise } from "../feeds.ts";
import type { TrainingJob } from "../types.ts";
import { chosenAnswer, type ScoredAnswer } from "./choice.ts";
import { continueTexts, mostProbable } from "./continue.ts";
import { createDecoder } from "./create-decoder.ts";
import { type Choice, isRight, type Question, questionsAmong, sampledQuestions } from "./questions.ts";
import { sampleAnswers } from "./samples.ts";
import type { ModelToDecode } from "./token-decoder.ts";

/** Questions that are answered at a time. */
const ROWS = 64;

/**
 * Asks a model questions of its held-out instructions: by the most probable answer, which must be right byte for byte, and by choice between the right answer and
 * wrong ones; and draws answers, to see how different they are. Null where its data has no instructions, or its router is told labels, which answers don't have.
 */
export async function askModel(
  { model, corpus, engine, seed }: TrainingJob,
  inputs: ModelToDecode["inputs"],
): Promise<AnswerResults | null> {
  if (model.seesLabels) return null;
  const asked = { spec: model, inputs, seed };
  const [validation, test] = [questionsAmong(corpus, "validation"), questionsAmong(corpus, "test")];
  const sampled = sampledQuestions(corpus);
  if (validation === null || test === null || sampled === null) return null;
  return {
    validation: await answerQuestions(engine, asked, validation),
    test: await answerQuestions(engine, asked, test),
    choice: await chooseAnswers(engine, asked, validation),
    samples: await sampleAnswers(engine, asked, sampled, 1),
  };
}

/** Right answers, by domain: greedy decoding up to the end, compared byte for byte. */
async function answerQuestions(
  engine: Engine,
  model: ModelToDecode,
  questions: readonly Question[],
): Promise<SplitAnswers> {
  const decoder = await createDecoder(engine, model, Math.min(ROWS, questions.length));
  const longest = Math.max(...questions.map(({ answer }) => answer.length));
  const said = await continueTexts(
    decoder,
    questions.map(({ prompt }) => prompt),
    // One token more than the longest answer, so that who goes on behind a right answer is wrong.
    { choose: mostProbable, most: longest + 1, end: END_BYTE },
  );
  await decoder.dispose();
  const found: Record<string, { asked: number; right: number }> = {};
  for (const [index, question] of questions.entries()) {
    const own = (found[question.domain] ??= { asked: 0, right: 0 });
    const one = said[index];
    own.asked += 1;
    if (one !== undefined && isRight(one, question)) own.right += 1;
  }
  return found;
}

/** Which of its choices a model thinks the best, for every question. */
async function chooseAnswers(
  engine: Engine,
  model: ModelToDecode,
  questions: readonly Question[],
): Promise<ChoiceCounts> {
  const scores = await scoreChoices(
    engine,
    model,
    questions.flatMap(({ choices }) => choices),
  );
  let [at, right, rightPerByte] = [0, 0, 0];
  for (const { choices } of questions) {
    const own = scores.slice(at, (at += choices.length));
    if (chosenAnswer(own, "sum") === 0) right += 1;
    if (chosenAnswer(own, "per-byte") === 0) rightPerByte += 1;
  }
  return { asked: questions.length, choices: questions[0]?.choices.length ?? 0, right, rightPerByte };
}

/** ln p of each answer with its end, behind its prompt. */
export async function scoreChoices(
  engine: Engine,
  model: ModelToDecode,
  choices: readonly Choice[],
): Promise<readonly ScoredAnswer[]> {
  const { B, T } = model.spec.sizes;
  const executable = await engine.compile(scoreProgram(model.spec));
  const given = { ...model.inputs, ...decodingNoise(model.spec, model.seed) };
  const scored: ScoredAnswer[] = [];
  for (let first = 0; first < choices.length; first += B) {
    const some = choices.slice(first, first + B);
    const [tokens, targets] = [new Int32Array(B * T), new Int32Array(B * T)];
    some.forEach((choice, row) => {
      tokens.set(Array.from(choice.tokens).slice(0, T), row * T);
      targets.set(Array.from(choice.tokens).slice(1), row * T);
    });
    const outputs = await executable.run({ ...given, [NAMES.inputs]: tokens, [NAMES.targets]: targets });
    const losses = outputs[DECODING.tokenLoss] ?? new Float32Array(0);
    for (const [row, { begin, end }] of some.entries()) {
      // The loss of token i stands where token i - 1 goes in.
      const own = losses.subarray(row * T + begin - 1, row * T + end - 1);
      const logProbability = -Array.from(own).reduce((sum, loss) => sum + loss, 0);
      scored.push({ logProbability, bytes: end - begin });
    }
  }
  await executable.dispose();
  return scored;
}
