import type { Stream } from "../../core/streams.ts";

/** One solved problem on one line; draws its numbers, and nothing else, from the stream. */
type ProblemKind = (stream: Stream) => string;

const NAMES = ["Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Hugo", "Iris", "Jacob"];
const THINGS = ["apples", "books", "coins", "stamps", "marbles", "pencils", "shells", "cards"];

/**
 * `748 + 65: 8 + 5 = 13, write 3, carry 1; 4 + 6 + 1 = 11, write 1, carry 1; 7 + 0 + 1 = 8, write 8. 748 + 65 = 813`
 */
function addition(stream: Stream): string {
  const a = drawNumber(stream, 4);
  const b = drawNumber(stream, 4);
  const steps: string[] = [];
  let carry = 0;
  for (const [digitA, digitB] of columns(a, b)) {
    const sum = digitA + digitB + carry;
    const carried = carry > 0 ? ` + ${carry}` : "";
    carry = sum >= 10 ? 1 : 0;
    steps.push(`${digitA} + ${digitB}${carried} = ${sum}, write ${sum % 10}${carry > 0 ? ", carry 1" : ""}`);
  }
  return `${a} + ${b}: ${steps.join("; ")}. ${a} + ${b} = ${a + b}`;
}

/** `52 - 17: 2 is less than 7, borrow, 12 - 7 = 5; 5 - 1 - 1 = 3. 52 - 17 = 35` */
function subtraction(stream: Stream): string {
  const [a, b] = drawOrdered(stream, 4);
  const steps: string[] = [];
  let borrow = 0;
  for (const [digitA, digitB] of columns(a, b)) {
    const taken = digitB + borrow;
    const less = digitA < taken;
    const top = less ? digitA + 10 : digitA;
    const borrowed = borrow > 0 ? " - 1" : "";
    const need = less ? `${digitA} is less than ${taken}, borrow, ` : "";
    steps.push(`${need}${top} - ${digitB}${borrowed} = ${top - taken}`);
    borrow = less ? 1 : 0;
  }
  return `${a} - ${b}: ${steps.join("; ")}. ${a} - ${b} = ${a - b}`;
}

/** `37 * 24: 37 * 20 = 740, 37 * 4 = 148, 740 + 148 = 888. 37 * 24 = 888` */
function multiplication(stream: Stream): string {
  const a = drawNumber(stream, 2);
  const b = drawNumber(stream, 2);
  const tens = b - (b % 10);
  const ones = b % 10;
  const steps =
    tens > 0 && ones > 0
      ? `${a} * ${tens} = ${a * tens}, ${a} * ${ones} = ${a * ones}, ${a * tens} + ${a * ones} = ${a * b}. `
      : "";
  return `${a} * ${b}: ${steps}${a} * ${b} = ${a * b}`;
}

/** `79 / 8: 8 * 9 = 72, 79 - 72 = 7. 79 / 8 = 9 remainder 7` */
function division(stream: Stream): string {
  const b = 2 + stream.integer(18);
  const a = drawNumber(stream, 3);
  const quotient = Math.floor(a / b);
  const product = b * quotient;
  return `${a} / ${b}: ${b} * ${quotient} = ${product}, ${a} - ${product} = ${a - product}. ${a} / ${b} = ${quotient} remainder ${a - product}`;
}

/** `Which is larger, 54 or 45? 54 > 45, so 54 is larger, by 9.` */
function comparison(stream: Stream): string {
  const a = drawNumber(stream, 4);
  const b = drawNumber(stream, 4);
  const question = `Which is larger, ${a} or ${b}?`;
  if (a === b) return `${question} ${a} = ${b}, neither is.`;
  const [large, small] = a > b ? [a, b] : [b, a];
  return `${question} ${large} > ${small}, so ${large} is larger, by ${large - small}.`;
}

/** `Anna has 31 coins and gives 14 to Ben. How many are left? 31 - 14 = 17, so Anna has 17 coins.` */
function giving(stream: Stream): string {
  const [giver, taker] = drawTwoNames(stream);
  const thing = draw(stream, THINGS);
  const [a, b] = drawOrdered(stream, 2);
  return `${giver} has ${a} ${thing} and gives ${b} to ${taker}. How many are left? ${a} - ${b} = ${a - b}, so ${giver} has ${a - b} ${thing}.`;
}

/** `Ben has 12 cards and Iris has 30. How many have they together? 12 + 30 = 42, so they have 42 cards.` */
function together(stream: Stream): string {
  const [one, other] = drawTwoNames(stream);
  const thing = draw(stream, THINGS);
  const a = drawNumber(stream, 3);
  const b = drawNumber(stream, 3);
  return `${one} has ${a} ${thing} and ${other} has ${b}. How many have they together? ${a} + ${b} = ${a + b}, so they have ${a + b} ${thing}.`;
}

/** `Hugo fills 6 boxes with 15 shells each. How many shells is that? 6 * 15 = 90, so it is 90 shells.` */
function boxes(stream: Stream): string {
  const name = draw(stream, NAMES);
  const thing = draw(stream, THINGS);
  const count = 2 + stream.integer(19);
  const each = 2 + stream.integer(49);
  return `${name} fills ${count} boxes with ${each} ${thing} each. How many ${thing} is that? ${count} * ${each} = ${count * each}, so it is ${count * each} ${thing}.`;
}

/** The kinds that a line of the arithmetic corpus is drawn from, evenly. */
export const PROBLEM_KINDS: readonly ProblemKind[] = [
  addition,
  subtraction,
  multiplication,
  division,
  comparison,
  giving,
  together,
  boxes,
];

/** A number of 1 to `digits` digits, every length equally likely. */
function drawNumber(stream: Stream, digits: number): number {
  const length = 1 + stream.integer(digits);
  const least = length === 1 ? 1 : 10 ** (length - 1);
  return least + stream.integer(10 ** length - least);
}

/** Two such numbers, the larger one first. */
function drawOrdered(stream: Stream, digits: number): readonly [number, number] {
  const a = drawNumber(stream, digits);
  const b = drawNumber(stream, digits);
  return a >= b ? [a, b] : [b, a];
}

function draw(stream: Stream, words: readonly string[]): string {
  return words[stream.integer(words.length)] ?? "";
}

/** Two different names. */
function drawTwoNames(stream: Stream): readonly [string, string] {
  const first = stream.integer(NAMES.length);
  const second = (first + 1 + stream.integer(NAMES.length - 1)) % NAMES.length;
  return [NAMES[first] ?? "", NAMES[second] ?? ""];
}

/** The decimal digits of two numbers in pairs, ones first, the shorter number padded with zeros. */
function columns(a: number, b: number): readonly (readonly [number, number])[] {
  const length = String(Math.max(a, b)).length;
  return Array.from({ length }, (_, power) => [digitAt(a, power), digitAt(b, power)] as const);
}

function digitAt(value: number, power: number): number {
  return Math.floor(value / 10 ** power) % 10;
}
