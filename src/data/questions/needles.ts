import { streamOf, type Stream } from "../../core/streams.ts";
import type { Tokens } from "../tokens.ts";
import {
  CANDIDATES,
  drawWanted,
  isCut,
  questionOf,
  type QuestionText,
  type TextQuestion,
} from "./text-question.ts";

/** What a needle is hidden in, and where. */
export interface NeedleQuestion extends TextQuestion {
  /** Tokens of the whole text, answer included. */
  readonly length: number;
  /** Where the needle stands, percent of the filler before it: at 0 it begins the text, at 100 it stands right before the question. */
  readonly depth: number;
}

/** Percent of the filler before the needle. */
export const NEEDLE_DEPTHS: readonly number[] = [0, 25, 50, 75, 100];
/** Lengths are these parts of a whole sequence. */
export const NEEDLE_LENGTHS: readonly number[] = [1 / 4, 1 / 2, 3 / 4, 1];
/** Questions of a depth and length. */
export const NEEDLES_EACH = 32;
/** Tokens of filler; in a shorter text nothing is hidden. */
const LEAST_FILLER = 8;

const CONSONANTS = "bdfgklmnprstvz";
const VOWELS = "aeiou";

/**
 * Statements in held-out text, and a question about each that begins as the statement did: a model that can look back and copy answers it, whatever else it learned.
 * `Kalo's code is 4217.` stands on a line of its own at a depth of the filler; behind the filler stands `Kalo's code is`, and ` 4217` is right; three other numbers
 * of four digits are wrong, drawn as the right one is, so that nothing but the needle tells them apart. Filler is validation text of the domains in turn, cut
 * between characters. Questions of a cell hang on its length and depth alone (streams `0/needles/<length>/<depth>/<question>`): all models of one text and
 * tokenizer are asked the same.
 * @returns none of a length that holds no needle, question and LEAST_FILLER tokens; none at all without text.
 */
export function needleQuestions(text: QuestionText): readonly NeedleQuestion[] {
  return needleLengths(text.length).flatMap((length) => {
    const questions = NEEDLE_DEPTHS.flatMap((depth) =>
      Array.from({ length: NEEDLES_EACH }, (_, index) => needleQuestion(text, { length, depth, index })),
    );
    return questions.every((question) => question !== null) ? questions : [];
  });
}

/** Lengths of texts that may hold a needle, tokens. @param T of a whole sequence */
function needleLengths(T: number): readonly number[] {
  return NEEDLE_LENGTHS.map((part) => Math.floor(part * T));
}

function needleQuestion(
  { tokenizer, domains }: QuestionText,
  { length, depth, index }: { readonly length: number; readonly depth: number; readonly index: number },
): NeedleQuestion | null {
  const stream = streamOf(0, "needles", length, depth, index);
  const encode = (words: string): number[] => Array.from(tokenizer.encode(Buffer.from(words, "utf8")));
  const name = drawnName(stream);
  const [code = "", ...others] = drawnCodes(stream);
  const needle = encode(`\n${name}'s code is ${code}.\n`);
  const question = encode(`\n${name}'s code is`);
  const [right, ...wrong] = [code, ...others].map((one) => encode(` ${one}`));
  const room = length - needle.length - question.length - (right?.length ?? 0);
  const held = domains[index % domains.length]?.splits.validation;
  if (right === undefined || held === undefined || room < LEAST_FILLER || held.length <= room) return null;
  const isWhole = (cut: Tokens, at: number): boolean => isCut(tokenizer, cut, at);
  const start = drawWanted(
    () => stream.integer(held.length - room + 1),
    (at) => isWhole(held, at) && isWhole(held, at + room),
  );
  const filler = held.subarray(start, start + room);
  let before = Math.round((depth / 100) * room);
  while (before > 0 && !isWhole(filler, before)) before -= 1;
  const prompt = [...filler.subarray(0, before), ...needle, ...filler.subarray(before), ...question];
  return { ...questionOf(tokenizer, prompt, { right, wrong }, stream), length, depth };
}

/** A name that means nothing: Kalo. */
function drawnName(stream: Stream): string {
  const letter = (of: string): string => of[stream.integer(of.length)] ?? "";
  const letters = [CONSONANTS, VOWELS, CONSONANTS, VOWELS].map(letter).join("");
  return `${letters.slice(0, 1).toUpperCase()}${letters.slice(1)}`;
}

/** CANDIDATES different numbers of four digits. */
function drawnCodes(stream: Stream): readonly string[] {
  const codes = new Set<string>();
  while (codes.size < CANDIDATES) codes.add(String(1000 + stream.integer(9000)));
  return [...codes];
}
