import type { TextQuestion } from "../../data/questions/text-question.ts";
import type { Engine } from "../../engine/types.ts";
import { scoreChoices } from "./ask.ts";
import { chosenAnswer } from "./choice.ts";
import { continueTexts, mostProbable } from "./continue.ts";
import { createDecoder } from "./create-decoder.ts";
import type { ModelToDecode } from "./token-decoder.ts";

/** Questions that are answered at a time. */
const ROWS = 32;

/** Whether a model thinks the right candidate the best one. */
export interface Chosen {
  /** By the probability of all of it. */
  readonly whole: boolean;
  /** By that of a byte of it, its geometric mean. */
  readonly perByte: boolean;
}

/** Lets a model choose between the candidates of each question, by their probability behind the text. */
export async function chooseCandidates(
  engine: Engine,
  model: ModelToDecode,
  questions: readonly TextQuestion[],
): Promise<readonly Chosen[]> {
  const all = questions.flatMap(({ candidates }) => candidates);
  const scores = await scoreChoices(engine, model, all);
  return chosenCandidates(
    questions,
    scores.map(({ logProbability }) => logProbability),
  );
}

/** The same from ln p of every candidate, question by question. Of equally good candidates the first is chosen, and the right one's place is drawn. */
export function chosenCandidates(
  questions: readonly TextQuestion[],
  logProbabilities: readonly number[],
): readonly Chosen[] {
  let next = 0;
  return questions.map(({ candidates, right }) => {
    const scored = candidates.map(({ bytes }) => ({
      logProbability: logProbabilities[next++] ?? Number.NaN,
      bytes,
    }));
    return {
      whole: chosenAnswer(scored, "sum") === right,
      perByte: chosenAnswer(scored, "per-byte") === right,
    };
  });
}

/** Whether a model says the right answer by itself, token for token: the most probable token each time. What it would say next is not asked. */
export async function saysAnswers(
  engine: Engine,
  model: ModelToDecode,
  questions: readonly TextQuestion[],
): Promise<readonly boolean[]> {
  const asked = questions.map(({ candidates, right }) => {
    const { tokens, begin, end } = candidates[right] ?? { tokens: [], begin: 0, end: 0 };
    return { prompt: tokens.slice(0, begin), answer: tokens.slice(begin, end) };
  });
  const decoder = await createDecoder(engine, model, Math.min(ROWS, asked.length));
  const said = await continueTexts(
    decoder,
    asked.map(({ prompt }) => prompt),
    { choose: mostProbable, most: Math.max(...asked.map(({ answer }) => answer.length)), end: null },
  );
  await decoder.dispose();
  return asked.map(({ answer }, index) =>
    answer.every((token, place) => said[index]?.tokens[place] === token),
  );
}
