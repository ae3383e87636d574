/** Questions about held-out text: what stands where, and what one who copies, or knows nothing, makes of them. */
import { expect, it } from "vitest";
import { clozeQuestions } from "../../../src/data/questions/clozes.ts";
import { NEEDLE_DEPTHS, needleQuestions } from "../../../src/data/questions/needles.ts";
import {
  textDomains,
  type Candidate,
  type QuestionText,
  type TextQuestion,
} from "../../../src/data/questions/text-question.ts";
import { bpeTokenizer } from "../../../src/data/tokenizers/bpe-tokenizer.ts";
import { byteTokenizer } from "../../../src/data/tokenizers/tokenizer.ts";
import { trainBpe } from "../../../src/data/tokenizers/train-bpe.ts";
import type { DomainTokens } from "../../../src/data/types.ts";
import { firstInvalidUtf8 } from "../../../src/data/utf8.ts";
import { chosenCandidates } from "../../../src/train/decoding/ask-text.ts";
import { tinyCorpus } from "../../support/tiny-corpus.ts";

const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "utf8"));
const words = (tokens: readonly number[]): string => Buffer.from(tokens).toString("utf8");
/** Numbers in a row, so that every place of the text is another one. */
const counting = (unit: string): Uint8Array =>
  utf8(Array.from({ length: 400 }, (_, index) => `${index}${unit}`).join(" "));
const [plain] = tinyCorpus({ english: 1 }).domains as readonly [DomainTokens];
const domain = (name: string, held: Uint8Array): DomainTokens => ({
  ...plain,
  name,
  splits: { train: utf8("#".repeat(2000)), validation: held, test: utf8("#".repeat(2000)) },
});
const text: QuestionText = {
  tokenizer: byteTokenizer,
  domains: [domain("ascii", counting("th")), domain("greek", counting("ος"))],
  length: 256,
};
const candidate = ({ candidates, right }: TextQuestion): Candidate => candidates[right]!;
const answer = ({ tokens, begin, end }: Candidate): readonly number[] => tokens.slice(begin, end);

const needles = needleQuestions(text);
const clozes = clozeQuestions(text);

it("hides 32 needles at each depth of each length, once, and asks for them in their own words", () => {
  expect(needles).toHaveLength(4 * 5 * 32);
  for (const [index, question] of needles.entries()) {
    const { tokens } = candidate(question);
    expect(tokens).toHaveLength(question.length);
    expect(firstInvalidUtf8(Uint8Array.from(tokens))).toBe(-1);
    const [, before, name, code, after] =
      /^([^]*)\n(\w{4})'s code is (\d{4})\.\n([^]*)\n\2's code is \3$/.exec(words(tokens)) ?? [];
    expect(name).toMatch(/^[A-Z][a-z]{3}$/);
    expect(question.candidates.map((one) => words(answer(one)))[question.right]).toBe(` ${code}`);
    expect(new Set(question.candidates.map((one) => words(answer(one)))).size).toBe(4);
    for (const one of question.candidates) {
      expect(words(answer(one))).toMatch(/^ [1-9]\d{3}$/);
      expect(one.bytes).toBe(5);
      expect(one.tokens.slice(0, one.begin)).toEqual(tokens.slice(0, one.begin));
    }
    // 22 bytes of needle and 20 of question: the rest is filler, from one place of the held-out text.
    const room = question.length - 42;
    const held = words([...text.domains[index % 2]!.splits.validation]);
    expect(held).toContain(`${before}${after}`);
    const cut = Math.round((question.depth / 100) * room);
    const stands = Buffer.byteLength(before!, "utf8");
    expect(stands).toBeLessThanOrEqual(cut);
    expect(stands).toBeGreaterThanOrEqual(cut - (index % 2));
  }
  expect([...new Set(needles.map(({ depth }) => depth))]).toEqual(NEEDLE_DEPTHS);
  expect([...new Set(needles.map(({ length }) => length))]).toEqual([64, 128, 192, 256]);
});

it("hides nothing where there is no room, and asks the same of all models of a length", () => {
  const lengths = (length: number): number[] => [
    ...new Set(needleQuestions({ ...text, length }).map((question) => question.length)),
  ];
  // 42 bytes of words, 8 of filler.
  expect(lengths(50)).toEqual([50]);
  expect(lengths(49)).toEqual([]);
  const of64 = needleQuestions({ ...text, length: 64 });
  expect(of64).toEqual(needles.filter(({ length }) => length === 64));
});

it("goes on with what came, among three continuations from elsewhere in the domain", () => {
  expect(clozes).toHaveLength(512);
  for (const question of clozes) {
    const held = words([...text.domains.find(({ name }) => name === question.domain)!.splits.validation]);
    const { tokens, begin } = candidate(question);
    expect([tokens.length, begin]).toEqual([256, 240]);
    expect(Buffer.from(held).includes(Buffer.from(tokens))).toBe(true);
    const said = question.candidates.map((one) => answer(one).join());
    expect(new Set(said).size).toBe(4);
    for (const one of question.candidates) {
      expect(one.bytes).toBe(16);
      expect(Buffer.from(held).includes(Buffer.from(answer(one)))).toBe(true);
      expect(answer(one)[0]! & 0xc0).not.toBe(0x80);
      expect(one.tokens.slice(0, begin)).toEqual(tokens.slice(0, begin));
      // From elsewhere: the question's own text has none of the wrong ones.
      if (one !== candidate(question)) expect(words(tokens)).not.toContain(words(answer(one)));
    }
  }
  expect(clozes.filter((question) => question.domain === "greek")).toHaveLength(256);
});

it("leaves out a domain whose text has no four continuations, and what is no text", () => {
  const same = { ...text, domains: [domain("same", utf8("a".repeat(2000)))] };
  expect(clozeQuestions(same)).toEqual([]);
  const answers = { sequenceTokens: 7 } as unknown as NonNullable<DomainTokens["answers"]>;
  const task = { sequenceTokens: 7 } as unknown as NonNullable<DomainTokens["task"]>;
  expect(textDomains([plain, { ...plain, answers }, { ...plain, task }])).toEqual([plain]);
});

/** Whether a candidate stood in its text before. */
const stood = ({ tokens, begin, end }: Candidate): boolean =>
  words(tokens.slice(0, begin)).includes(words(tokens.slice(begin, end)));

it("one who copies is always right, one who knows nothing as often as by lot", () => {
  const scored = (questions: readonly TextQuestion[], score: (one: Candidate) => number): number => {
    const scores = questions.flatMap(({ candidates }) => candidates.map(score));
    const chosen = chosenCandidates(questions, scores);
    expect(chosen.map(({ perByte }) => perByte)).toEqual(chosen.map(({ whole }) => whole));
    return chosen.filter(({ whole }) => whole).length;
  };
  expect(scored(needles, (one) => (stood(one) ? -1 : -2))).toBe(640);
  // All candidates equally good: the first is taken, and the right one stands anywhere. Five standard deviations: 5 sqrt(n 3/16).
  for (const questions of [needles, clozes]) {
    const off = Math.abs(scored(questions, () => -Math.log(256) * 5) - questions.length / 4);
    expect(off).toBeLessThan(5 * Math.sqrt((questions.length * 3) / 16));
  }
  // A taste for large numbers is no knowledge.
  const taste = scored(needles, (one) => Number(words(answer(one))));
  expect(Math.abs(taste - 160)).toBeLessThan(5 * Math.sqrt((640 * 3) / 16));
});

it("by the byte, a long candidate loses less", () => {
  const [one] = needles[0]!.candidates;
  const candidates = [1, 2, 4, 5].map((bytes) => ({ ...one!, bytes }));
  const question = { candidates, right: 2 };
  // -3, -2, -1, -1.2 a byte.
  expect(chosenCandidates([question], [-3, -4, -4, -6])).toEqual([{ whole: false, perByte: true }]);
});

it("with a larger vocabulary: the same words, made of the tokens that they have in one piece; continuations differ in bytes", () => {
  const tokenizer = bpeTokenizer(trainBpe([counting("th"), utf8("Kalo's code is 4217.\n".repeat(50))], 600));
  const domains = text.domains.map((one) => ({
    ...one,
    splits: { ...one.splits, validation: tokenizer.encode(counting(one.name === "greek" ? "ος" : "th")) },
  }));
  const larger = { tokenizer, domains, length: 128 };
  const asked = needleQuestions(larger);
  // 32 tokens hold no needle here, either.
  expect(asked).toHaveLength(3 * 5 * 32);
  for (const question of asked) {
    const { tokens, begin } = candidate(question);
    expect(tokens).toHaveLength(question.length);
    const said = Buffer.from(tokenizer.decode(tokens)).toString("utf8");
    const [, line] = /\n(\w{4}'s code is \d{4})\.\n[^]*\n\1$/.exec(said) ?? [];
    // As where the needle was made in one piece: a copy is of the same tokens.
    const whole = [...tokenizer.encode(utf8(`\n${line}`))];
    expect(tokens.slice(-whole.length)).toEqual(whole);
    expect(question.candidates.map(({ bytes }) => bytes)).toEqual([5, 5, 5, 5]);
    expect(begin).toBeLessThan(tokens.length);
  }
  const continuations = clozeQuestions(larger).flatMap(({ candidates }) => candidates);
  expect(new Set(continuations.map(({ begin, end }) => end - begin))).toEqual(new Set([16]));
  expect(new Set(continuations.map(({ bytes }) => bytes)).size).toBeGreaterThan(3);
});
