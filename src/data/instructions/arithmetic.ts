import type { Stream } from "../../core/streams.ts";
import { numberInWords } from "./number-words.ts";
import { drawOne, instructionTask, type Problem } from "./problem.ts";
import type { InstructionTask } from "./types.ts";

type Operator = "+" | "-" | "*";

/** a operator b, with a result of 0 or more. */
interface Sum {
  readonly a: number;
  readonly b: number;
  readonly operator: Operator;
}

/** Results below 100. `7 + 35 =` is 42. */
export const arithmeticDigitsEasy: InstructionTask = instructionTask(
  // `10 + 49 =` is 9 bytes, `It is 59` 8
  { summary: "Sums and differences below 100, in digits.", longestBytes: 17 },
  (stream) => inDigits(drawEasy(stream), stream),
);

/** Three digits, or two factors of two. `418 + 77 =` is 495, `24 * 31 =` is 744. */
export const arithmeticDigitsHard: InstructionTask = instructionTask(
  // `900 + 899 =` is 11 bytes, `It is 1799` 10
  { summary: "Sums and differences of three digits, products of two and two, in digits.", longestBytes: 21 },
  (stream) => inDigits(drawHard(stream), stream),
);

/** The sums of the easy digits. `seven plus thirty-five =` is `forty-two`. */
export const arithmeticWordsEasy: InstructionTask = instructionTask(
  // all sums with all slips counted: `twenty-three plus seventy-three =`, `one hundred three`
  { summary: "Sums and differences below 100, in words.", longestBytes: 50 },
  (stream) => inWords(drawEasy(stream), stream),
);

/** Results up to 891. `ninety plus fifty-two =` is `one hundred forty-two`. */
export const arithmeticWordsHard: InstructionTask = instructionTask(
  // `seventy-three plus seventy-three =`, `one hundred thirty-eight`
  { summary: "Sums and differences of two digits, products of two and one, in words.", longestBytes: 58 },
  (stream) => inWords(drawHardWords(stream), stream),
);

function drawEasy(stream: Stream): Sum {
  const operator = drawOne(stream, ["+", "-"] as const);
  const a = stream.integer(100);
  return { operator, a, b: stream.integer(operator === "+" ? 100 - a : a + 1) };
}

function drawHard(stream: Stream): Sum {
  const operator = drawOne(stream, ["+", "-", "*"] as const);
  if (operator === "*") return { operator, a: between(stream, 10, 99), b: between(stream, 10, 99) };
  const a = between(stream, 100, 999);
  const b = between(stream, 10, 999);
  return operator === "-" && b > a ? { operator, a: b, b: a } : { operator, a, b };
}

function drawHardWords(stream: Stream): Sum {
  const operator = drawOne(stream, ["+", "-", "*"] as const);
  if (operator === "*") return { operator, a: between(stream, 10, 99), b: between(stream, 2, 9) };
  const a = between(stream, 10, 99);
  const b = between(stream, 10, 99);
  return operator === "-" && b > a ? { operator, a: b, b: a } : { operator, a, b };
}

/** A whole number, both ends included. */
function between(stream: Stream, least: number, most: number): number {
  return least + stream.integer(most - least + 1);
}

function inDigits(sum: Sum, stream: Stream): Problem {
  const result = resultOf(sum);
  return {
    key: keyOf(sum),
    prompt: `${sum.a} ${sum.operator} ${sum.b} =`,
    answer: String(result),
    wrong: near(result, stream).map(String),
    outOfForm: `It is ${result}`,
  };
}

const WORDS: Readonly<Record<Operator, string>> = { "+": "plus", "-": "minus", "*": "times" };

function inWords(sum: Sum, stream: Stream): Problem {
  const result = resultOf(sum);
  return {
    key: keyOf(sum),
    prompt: `${numberInWords(sum.a)} ${WORDS[sum.operator]} ${numberInWords(sum.b)} =`,
    answer: numberInWords(result),
    wrong: near(result, stream).map(numberInWords),
    outOfForm: String(result),
  };
}

/** The same for a sum and its turned one, and in words and digits. */
function keyOf({ a, b, operator }: Sum): string {
  const [first, second] = operator !== "-" && b < a ? [b, a] : [a, b];
  return `${first} ${operator} ${second}`;
}

function resultOf({ a, b, operator }: Sum): number {
  return operator === "+" ? a + b : operator === "-" ? a - b : a * b;
}

/** What one gets by a slip: one or ten off, or another number within ten. */
function near(result: number, stream: Stream): readonly number[] {
  const some = 2 + stream.integer(8);
  return [1, 10, some, -1, -10, -some].map((off) => result + off).filter((number) => number >= 0);
}
