import type { Stream } from "../../core/streams.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { Tokens } from "../tokens.ts";
import type { DomainTokens } from "../types.ts";
import { isContinuation } from "../utf8.ts";

/** Candidates of a question; chance is one in so many. */
export const CANDIDATES = 4;

/** One way in which a text may go on. */
export interface Candidate {
  /** The text, and behind it the candidate. */
  readonly tokens: readonly number[];
  /** First token of the candidate, and the one behind its last. */
  readonly begin: number;
  readonly end: number;
  /** Bytes of text that the candidate stands for. */
  readonly bytes: number;
}

/** A text with CANDIDATES ways to go on, one of them right. */
export interface TextQuestion {
  readonly candidates: readonly Candidate[];
  /** Place of the right one. It is drawn: who prefers the first of equally good ones is right by lot. */
  readonly right: number;
}

/** Text to make questions of. */
export interface QuestionText {
  readonly tokenizer: Tokenizer;
  /** Of text alone (`textDomains`). */
  readonly domains: readonly DomainTokens[];
  /** T: tokens that a sequence has room for. */
  readonly length: number;
}

/** The domains that are running text: neither a synthetic task nor instructions. */
export function textDomains(domains: readonly DomainTokens[]): readonly DomainTokens[] {
  return domains.filter(({ task, answers }) => task === null && answers === undefined);
}

/** Puts a right answer among wrong ones, at a place that is drawn. */
export function questionOf(
  tokenizer: Tokenizer,
  prompt: readonly number[],
  answers: { readonly right: readonly number[]; readonly wrong: readonly (readonly number[])[] },
  stream: Stream,
): TextQuestion {
  const right = stream.integer(answers.wrong.length + 1);
  return {
    candidates: answers.wrong.toSpliced(right, 0, answers.right).map((answer) => ({
      tokens: [...prompt, ...answer],
      begin: prompt.length,
      end: prompt.length + answer.length,
      bytes: answer.reduce((sum, token) => sum + (tokenizer.tokenBytes[token] ?? 0), 0),
    })),
    right,
  };
}

/** Whether a character begins at a place of a text, or the text ends there: cutting it there leaves whole characters. */
export function isCut(tokenizer: Tokenizer, tokens: Tokens, at: number): boolean {
  return at >= tokens.length || !isContinuation(tokenizer.decode(tokens.subarray(at, at + 1))[0]);
}

/** Draws that are tried for one that is wanted; where none of them is, the last is taken. */
const TRIES = 200;

/** Draws until what is drawn is wanted. */
export function drawWanted<T>(draw: () => T, isWanted: (drawn: T) => boolean): T {
  let drawn = draw();
  for (let tries = 1; tries < TRIES && !isWanted(drawn); tries++) drawn = draw();
  return drawn;
}
