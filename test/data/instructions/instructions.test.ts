/** Every answer is worked out again from its prompt alone, by other means than the generators'. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { streamOf } from "../../../src/core/streams.ts";
import { instructionTasks } from "../../../src/data/instructions/registry.ts";
import { type Instruction, WRONG_ANSWERS } from "../../../src/data/instructions/types.ts";
import type { Split } from "../../../src/data/types.ts";

const SPLITS: readonly Split[] = ["train", "validation", "test"];

/** English number words read from left to right. */
function readNumber(words: string): number {
  const values =
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen";
  const small = new Map(values.split(" ").map((word, value) => [word, value]));
  const tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
  tens.forEach((word, index) => small.set(word, 10 * (index + 2)));
  let number = 0;
  for (const word of words.split(/[ -]/)) {
    if (word === "hundred") number *= 100;
    else {
      expect(small.has(word), words).toBe(true);
      number += small.get(word)!;
    }
  }
  return number;
}

/** A sum in digits. */
function evaluate(sum: string): number {
  const [, a, operator, b] = /^(\d+) ([-+*]) (\d+) =$/.exec(sum)!;
  return { "+": Number(a) + Number(b), "-": Number(a) - Number(b), "*": Number(a) * Number(b) }[operator!]!;
}

function sumOfWords(prompt: string): string {
  const [, a, operator, b] = /^(.+) (plus|minus|times) (.+) =$/.exec(prompt)!;
  const sign = { plus: "+", minus: "-", times: "*" }[operator!]!;
  return `${readNumber(a!)} ${sign} ${readNumber(b!)} =`;
}

/** How a task is checked. */
interface Checker {
  /** The problem whatever its words, by which nothing may be in two splits. */
  readonly problem: (prompt: string) => string;
  /** What is right, as `read` gives it out. */
  readonly right: (prompt: string) => unknown;
  /** What an answer in form says; undefined where it is not in form. */
  readonly read: (answer: string) => unknown;
  /** What the rejected answer that is out of form says, for it is to be right. */
  readonly readOutOfForm: (answer: string) => unknown;
}

const unordered = (sum: string): string => {
  const [a, operator, b] = sum.split(" ");
  return operator === "-" ? sum : [...[Number(a), Number(b)].toSorted((x, y) => x - y), operator].join(" ");
};
const digits: Checker = {
  problem: unordered,
  right: evaluate,
  read: (answer) => (/^(0|[1-9]\d*)$/.test(answer) ? Number(answer) : undefined),
  readOutOfForm: (answer) => Number(/^It is (\d+)$/.exec(answer)![1]),
};
const words: Checker = {
  problem: (prompt) => unordered(sumOfWords(prompt)),
  right: (prompt) => evaluate(sumOfWords(prompt)),
  read: (answer) => (/^[a-z -]+$/.test(answer) ? readNumber(answer) : undefined),
  readOutOfForm: Number,
};
const extraction: Checker = {
  problem: (prompt) => prompt.slice(0, prompt.indexOf(".")),
  right: (prompt) => {
    const text = /^(\S+) has (\d+) (\S+), (\S+) (\d+) (\S+)\. (.*)\?$/.exec(prompt)!;
    const people = [text.slice(1, 4), text.slice(4, 7)];
    const question = text[7]!;
    const asked = people.find((person) => person.some((value) => question.split(" ").includes(value)))!;
    if (question === `How many has ${asked[0]}`) return asked[1];
    if (question === `What has ${asked[0]}`) return asked[2];
    expect(question).toBe(`Who has ${asked[2]}`);
    return asked[0];
  },
  read: (answer) => (answer.includes(" ") ? undefined : answer),
  readOutOfForm: (answer) => /^It is (\S+)$/.exec(answer)![1],
};
const list = (text: string): number[] => text.split(" ").map(Number);
const sorting: Checker = {
  problem: (prompt) =>
    list(prompt.slice(5, -1))
      .toSorted((a, b) => a - b)
      .join(),
  right: (prompt) => list(/^Sort ([\d ]+):$/.exec(prompt)![1]!).toSorted((a, b) => a - b),
  read: (answer) => (/^\d+( \d+)+$/.test(answer) ? list(answer) : undefined),
  readOutOfForm: (answer) => answer.split(", ").map(Number),
};
const copying: Checker = {
  problem: (prompt) => prompt,
  right: (prompt) => /^Copy (.*):$/.exec(prompt)![1],
  read: (answer) => (/^\p{Letter}+$/u.test(answer) ? answer : undefined),
  readOutOfForm: (answer) => /^"(.*)"$/.exec(answer)![1],
};
const json: Checker = {
  problem: (prompt) => JSON.stringify(json.right(prompt)),
  right: (prompt) => {
    const sentence = /^JSON (.*):$/.exec(prompt)![1]!;
    const age = Number(/\d+/.exec(sentence)![0]);
    const [one, other] = sentence.match(/\p{Lu}\p{Ll}+/gu)!;
    return sentence.startsWith("in ") ? { name: other, age, city: one } : { name: one, age, city: other };
  },
  read: (answer) => {
    try {
      return JSON.parse(answer) as unknown;
    } catch {
      return undefined;
    }
  },
  readOutOfForm: (answer) => {
    const [, name, age, city] = /^name: (.*), age: (.*), city: (.*)$/.exec(answer)!;
    return { name, age: Number(age), city };
  },
};

const CHECKERS: Readonly<Record<string, Checker>> = {
  "digits-easy": digits,
  "digits-hard": digits,
  "words-easy": words,
  "words-hard": words,
  extraction,
  sorting,
  copying,
  "json-record": json,
};

function drawn(name: string, split: Split, count = 200): readonly Instruction[] {
  return instructionTasks[name]!.draw(count, split, streamOf(1, "instructions", name, split));
}

function bytes({ prompt, answer, rejected }: Instruction): number {
  const answers = [answer, ...rejected.map((other) => other.answer)];
  return Buffer.byteLength(prompt) + Math.max(...answers.map((text) => Buffer.byteLength(text)));
}

it("every task has a checker here", () => {
  expect(Object.keys(instructionTasks)).toEqual(Object.keys(CHECKERS));
});

describe.each(Object.keys(CHECKERS))("%s", (name) => {
  const { problem, right, read, readOutOfForm } = CHECKERS[name]!;
  const bySplit = SPLITS.map((split) => drawn(name, split));
  const all = bySplit.flat();

  it("has right answers, wrong ones in form, and right ones out of form", () => {
    for (const { prompt, answer, rejected } of all) {
      const expected = right(prompt);
      expect(read(answer), prompt).toEqual(expected);
      const wrong = rejected.filter(({ kind }) => kind === "wrong");
      const form = rejected.filter(({ kind }) => kind === "form");
      expect([wrong.length, form.length]).toEqual([WRONG_ANSWERS, 1]);
      for (const { answer: other } of wrong) {
        expect(read(other), `${prompt} ${other}`).toBeDefined();
        expect(read(other), `${prompt} ${other}`).not.toEqual(expected);
      }
      expect(readOutOfForm(form[0]!.answer), prompt).toEqual(expected);
      expect(new Set([answer, ...rejected.map((one) => one.answer)]).size).toBe(WRONG_ANSWERS + 2);
    }
  });

  it("has no problem in two splits, whatever its words and order", () => {
    const split = new Map<string, number>();
    bySplit.forEach((instructions, at) => {
      for (const { prompt } of instructions) {
        const known = problem(prompt);
        expect(split.get(known) ?? at, prompt).toBe(at);
        split.set(known, at);
      }
    });
  });

  it("draws the same again, fewer as the first of more, and others from another stream", () => {
    const again = drawn(name, "validation", 20);
    expect(again).toEqual(bySplit[1]!.slice(0, 20));
    const other = instructionTasks[name]!.draw(20, "validation", streamOf(2, "instructions", name));
    expect(other).not.toEqual(again);
  });

  it("is at most as long as it says", () => {
    const { longestBytes } = instructionTasks[name]!;
    const longest = Math.max(...all.map(bytes));
    expect(longest).toBeLessThanOrEqual(longestBytes);
    expect(longest).toBeGreaterThan(longestBytes * 0.8); // no empty bound
    expect(longestBytes).toBeLessThanOrEqual(62); // a separator and an end byte fit a sequence of 64
  });
});

describe("splits", () => {
  it("hold between tasks: a sum in words stands where it stands in digits", () => {
    const split = new Map<string, Split>();
    for (const name of Object.keys(CHECKERS).slice(0, 4))
      for (const of of SPLITS)
        for (const { prompt } of drawn(name, of)) {
          const key = CHECKERS[name]!.problem(prompt);
          expect(split.get(key) ?? of, prompt).toBe(of);
          split.set(key, of);
        }
  });

  it("are told by SHA-256: four bytes, modulo 10, 0 validation, 1 test", () => {
    const tenth = (text: string): number =>
      Number(BigInt(`0x${createHash("sha256").update(text).digest("hex").slice(0, 8)}`) % 10n);
    const numbers = SPLITS.map((split) => drawn("copying", split, 50)).map((list) =>
      list.map(({ answer }) => tenth(`copy ${answer}`)),
    );
    expect(numbers[0]!.every((number) => number >= 2)).toBe(true);
    expect(new Set(numbers[1])).toEqual(new Set([0]));
    expect(new Set(numbers[2])).toEqual(new Set([1]));
  });

  it("share out the easy sums, a tenth to validation: 2 550 sums, turned or not, and 5 050 differences", () => {
    const train = new Set(drawn("digits-easy", "train", 20_000).map(({ prompt }) => unordered(prompt)));
    const held = new Set(drawn("digits-easy", "validation", 3_000).map(({ prompt }) => unordered(prompt)));
    const test = new Set(drawn("digits-easy", "test", 3_000).map(({ prompt }) => unordered(prompt)));
    // sums: 5 050 ordered pairs with a + b < 100, 50 of them doubles, (5 050 + 50) / 2 = 2 550; differences: 5 050 pairs with a >= b
    const problems = 2_550 + 5_050;
    expect(train.size + held.size + test.size).toBeGreaterThan(0.85 * problems);
    expect(train.size + held.size + test.size).toBeLessThanOrEqual(problems);
    expect(held.size / problems).toBeGreaterThan(0.08);
    expect(held.size / problems).toBeLessThan(0.12);
  });
});
