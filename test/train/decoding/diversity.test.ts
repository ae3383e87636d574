/** Measures of diversity against sacrebleu (fixtures/diversity/make.py) and by hand. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bleu, distinctShare, selfBleu } from "../../../src/train/decoding/diversity.ts";
import { entropyOf } from "../../../src/train/decoding/samples.ts";

interface Case {
  readonly samples: number[][];
  readonly bleu: number[];
  readonly self_bleu: number;
  readonly distinct: (number | null)[];
}

const url = new URL("../../fixtures/diversity/diversity.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(url, "utf8")) as { readonly cases: readonly Case[] };

describe("BLEU and distinct-n", () => {
  it.each(cases.map((one, index) => [index, one] as const))("of case %d are sacrebleu's", (_, one) => {
    for (const [at, text] of one.samples.entries()) {
      const others = one.samples.filter((__, other) => other !== at);
      expect(bleu(text, others)).toBeCloseTo(one.bleu[at]!, 12);
    }
    expect(selfBleu(one.samples)).toBeCloseTo(one.self_bleu, 12);
    one.distinct.forEach((share, index) => {
      const found = distinctShare(one.samples, index + 1);
      if (share === null) expect(found).toBeNull();
      else expect(found).toBeCloseTo(share, 12);
    });
  });

  it("are by hand", () => {
    // Both have one 1-gram of two and no 2-gram: sqrt(1/2 x 1/2), lengths equal.
    expect(
      selfBleu([
        [1, 2],
        [1, 3],
      ]),
    ).toBeCloseTo(0.5, 12);
    // One token against two: precision 1, brevity exp(1 - 2/1); two against one: sqrt(1/2 x 1/2).
    expect(selfBleu([[1], [1, 2]])).toBeCloseTo((Math.exp(-1) + 0.5) / 2, 12);
    // 1-grams 1 2 1 1: 2 of 4 different; 2-grams 12 11.
    const texts = [
      [1, 2],
      [1, 1],
    ];
    expect([1, 2, 3].map((n) => distinctShare(texts, n))).toEqual([0.5, 1, null]);
  });

  it("of an empty text are 1 beside another empty one, else 0", () => {
    expect(selfBleu([[], []])).toBe(1);
    expect(selfBleu([[], [1]])).toBe(0);
    // Two of three are alike.
    expect(selfBleu([[], [], [1]])).toBeCloseTo(2 / 3, 12);
  });
});

it("entropy is that of the softmax, nats", () => {
  expect(entropyOf(new Float32Array(8).fill(3), 1)).toBeCloseTo(Math.log(8), 12);
  const [p, q] = [0.25, 0.75];
  const expected = -(p * Math.log(p) + q * Math.log(q));
  expect(entropyOf(Float32Array.of(1000, 1000 + Math.log(3)), 1)).toBeCloseTo(expected, 4);
  expect(entropyOf(Float32Array.of(0, -1e30), 1)).toBe(0);
});

it("entropy is that of the logits by the temperature, and rises with it from none to that of an even choice", () => {
  const logits = Float32Array.of(0, 2 * Math.log(3), -1);
  // At 2 the odds of the first two are 1 to 3, and the third has exp(-1/2) to the first's 1.
  const total = 1 + 3 + Math.exp(-0.5);
  const shares = [1 / total, 3 / total, Math.exp(-0.5) / total];
  const byHand = -shares.reduce((sum, share) => sum + share * Math.log(share), 0);
  expect(entropyOf(logits, 2)).toBeCloseTo(byHand, 6);
  const rising = [0, 0.2, 0.5, 1, 2, 10, 100].map((temperature) => entropyOf(logits, temperature));
  rising.slice(1).forEach((entropy, index) => expect(entropy).toBeGreaterThan(rising[index]!));
  expect(rising[0]).toBe(0);
  expect(rising.at(-1)).toBeCloseTo(Math.log(3), 3);
});
