import { streamOf } from "../../core/streams.ts";
import type { DomainTokens } from "../types.ts";
import {
  CANDIDATES,
  drawWanted,
  isCut,
  questionOf,
  type QuestionText,
  type TextQuestion,
} from "./text-question.ts";

/** A text of a domain, to be gone on with. */
export interface ClozeQuestion extends TextQuestion {
  readonly domain: string;
}

/** Questions of all domains together, shared out evenly. */
export const CLOZES = 512;
/** Tokens of a continuation; in sequences of fewer than twice as many, half a sequence. */
const CONTINUATION = 16;

/**
 * Held-out text and four continuations, all of the same number of tokens: the one that came, and three from elsewhere in the same domain's validation text, each another one. All begin between
 * characters, not between words: to spell the rest of a word tells, too. Documents stand behind one another, as where a model learns. Questions hang on the
 * domain's name and the sequence's length (streams `0/cloze/<length>/<domain>/<question>`).
 * @returns none of a domain without four different continuations of text that is not the question's.
 */
export function clozeQuestions(text: QuestionText): readonly ClozeQuestion[] {
  const each = Math.max(1, Math.floor(CLOZES / text.domains.length));
  return text.domains.flatMap((domain) => {
    const questions = Array.from({ length: each }, (_, index) => clozeQuestion(text, domain, index));
    return questions.every((question) => question !== null) ? questions : [];
  });
}

function clozeQuestion(
  { tokenizer, length }: QuestionText,
  { name, splits }: DomainTokens,
  index: number,
): ClozeQuestion | null {
  const held = splits.validation;
  const said = Math.min(CONTINUATION, Math.floor(length / 2));
  const context = length - said;
  if (held.length < length || said === 0) return null;
  const stream = streamOf(0, "cloze", length, name, index);
  const at = drawWanted(
    () => context + stream.integer(held.length - length + 1),
    (begin) => isCut(tokenizer, held, begin),
  );
  const continuation = (begin: number): readonly number[] => Array.from(held.subarray(begin, begin + said));
  const [right, prompt] = [continuation(at), Array.from(held.subarray(at - context, at))];
  const wrong: (readonly number[])[] = [];
  for (let draws = 0; draws < CANDIDATES - 1; draws++) {
    const known = [right, ...wrong].map((one) => one.join());
    const isOther = (begin: number): boolean =>
      (begin + said <= at - context || begin >= at + said) && !known.includes(continuation(begin).join());
    const begin = drawWanted(
      () => stream.integer(held.length - said + 1),
      (drawn) => isOther(drawn) && isCut(tokenizer, held, drawn),
    );
    if (!isOther(begin)) return null;
    wrong.push(continuation(begin));
  }
  return { ...questionOf(tokenizer, prompt, { right, wrong }, stream), domain: name };
}
