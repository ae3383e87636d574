import { WRONG_ANSWERS } from "../../data/instructions/types.ts";
import type { AnswerKnowledge, Corpus, DomainTokens, Split } from "../../data/types.ts";
import type { Continuation } from "./continue.ts";

/** Questions of a split, shared out evenly among the domains. */
const QUESTIONS = 512;
/** Questions of the test split that several answers are drawn to, shared out likewise: as much work as the questions of a split (samples.ts). */
export const SAMPLED = 64;
/** Samples of a question. */
export const EACH = 8;

/** A question of a domain, as token ids. */
export interface Question {
  readonly domain: string;
  readonly prompt: ArrayLike<number>;
  /** The right answer, without what ends it. */
  readonly answer: readonly number[];
  /** Sequences of T + 1 tokens to choose between, the right one first, then WRONG_ANSWERS wrong ones in its form. */
  readonly choices: readonly Choice[];
}

/** A prompt with one of its answers. */
export interface Choice {
  /** [T + 1] */
  readonly tokens: ArrayLike<number>;
  /** First token of the answer, and the one behind what ends it. */
  readonly begin: number;
  readonly end: number;
}

/** A domain of instructions. */
type AskedDomain = DomainTokens & { readonly answers: AnswerKnowledge };

/** Whether a domain can be asked: whether it is of instructions. */
function canBeAsked(domain: DomainTokens): domain is AskedDomain {
  return domain.answers !== undefined;
}

/**
 * The first questions of a domain's split.
 * @param most questions; fewer where the split has no more.
 */
function questionsOf(
  { name, splits, answers }: AskedDomain,
  split: Split,
  most: number,
): readonly Question[] {
  const { sequenceTokens, mask, pairs } = answers;
  const count = Math.min(most, splits[split].length / sequenceTokens);
  const rejected = rejectedOf(pairs[split].chosen, count);
  return Array.from({ length: count }, (_, index) => {
    const right = choiceAt(splits[split], mask[split], index, sequenceTokens);
    const wrong = (rejected[index] ?? [])
      .slice(0, WRONG_ANSWERS)
      .map((pair) => choiceAt(pairs[split].tokens, pairs[split].mask, pair, sequenceTokens));
    return {
      domain: name,
      prompt: Array.from(right.tokens).slice(0, right.begin),
      answer: Array.from(right.tokens).slice(right.begin, right.end - 1),
      choices: [right, ...wrong],
    };
  });
}

/** The questions of test that several answers are drawn to; null where the data has no instructions. */
export function sampledQuestions(corpus: Pick<Corpus, "domains">): readonly Question[] | null {
  return questionsAmong(corpus, "test", SAMPLED);
}

/** Questions of a split, shared out evenly among the domains; null where one of them is not of instructions. */
export function questionsAmong(
  { domains: all }: Pick<Corpus, "domains">,
  split: Split,
  most = QUESTIONS,
): readonly Question[] | null {
  const domains = all.filter(canBeAsked);
  if (domains.length < all.length) return null;
  const each = Math.max(1, Math.floor(most / domains.length));
  return domains.flatMap((domain) => questionsOf(domain, split, each));
}

/** Whether what was said is the answer, byte for byte, and ends behind it. */
export function isRight({ tokens, isEnded }: Continuation, { answer }: Pick<Question, "answer">): boolean {
  return isEnded && tokens.length === answer.length && tokens.every((token, at) => token === answer[at]);
}

/** Pairs of each of the first sequences, in their order: wrong answers come first (data/instructions/types.ts). */
function rejectedOf(chosen: Int32Array, count: number): readonly (readonly number[])[] {
  const found = Array.from({ length: count }, (): number[] => []);
  chosen.forEach((sequence, pair) => found[sequence]?.push(pair));
  return found;
}

function choiceAt(tokens: ArrayLike<number>, mask: ArrayLike<number>, index: number, length: number): Choice {
  const row = Array.from({ length }, (_, at) => tokens[index * length + at] ?? 0);
  const isAnswer = Array.from({ length }, (_, at) => mask[index * length + at] === 1);
  return { tokens: row, begin: isAnswer.indexOf(true), end: isAnswer.lastIndexOf(true) + 1 };
}
