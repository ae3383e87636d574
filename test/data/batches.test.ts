import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { evaluationBatches, tokensThatFit, trainingBatch } from "../../src/data/batches.ts";
import { corpusOf, text } from "./helpers.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const tiny = corpusOf({ letters: { weight: 0.75, train: LETTERS }, digits: { weight: 0.25, train: DIGITS } });
const shape = { sequenceLength: 5, batchSequences: 4, fimRate: 0, fimSpm: 0.5 };

/** Batches of this corpus worked out in Python from docs/model.md (test/fixtures/streams.py). */
const expected = (
  JSON.parse(readFileSync(new URL("../fixtures/streams.json", import.meta.url), "utf8")) as {
    batches: { seed: number; step: number; rows: [string, string][] }[];
  }
).batches;

/** The sequences of a [B, T] array as text. */
function rows(tokens: Int32Array, length: number): string[] {
  return Array.from({ length: tokens.length / length }, (_, row) =>
    text(tokens.subarray(row * length, (row + 1) * length)),
  );
}

describe("trainingBatch", () => {
  it.each(expected)(
    "is what docs/model.md says at seed $seed, step $step",
    ({ seed, step, rows: wanted }) => {
      const { inputs, targets } = trainingBatch(tiny, shape, seed, step);
      expect(rows(inputs, 5)).toEqual(wanted.map(([input]) => input));
      expect(rows(targets, 5)).toEqual(wanted.map(([, target]) => target));
    },
  );

  it("is the same again, and another for another seed or step", () => {
    expect(trainingBatch(tiny, shape, 1, 2)).toEqual(trainingBatch(tiny, shape, 1, 2));
    expect(trainingBatch(tiny, shape, 1, 2)).not.toEqual(trainingBatch(tiny, shape, 2, 2));
    expect(trainingBatch(tiny, shape, 1, 2)).not.toEqual(trainingBatch(tiny, shape, 1, 3));
  });

  it("has targets one after the inputs, everywhere in the text", () => {
    const starts = new Set<string>();
    for (let step = 0; step < 200; step++) {
      const { inputs, targets } = trainingBatch(tiny, shape, 0, step);
      expect([...inputs].map((token) => token + 1)).toEqual([...targets]); // both alphabets go up by one
      for (const row of rows(inputs, 5)) starts.add(row.charAt(0));
    }
    // Offsets 0 .. n - T - 1: letters a .. u (26 - 5 = 21 offsets), digits 0 .. 4.
    expect([...starts].sort().join("")).toBe("01234abcdefghijklmnopqrstu");
  });

  it("draws domains in proportion to their weights", () => {
    const sequences = 4000;
    const { inputs } = trainingBatch(tiny, { ...shape, batchSequences: sequences }, 0, 0);
    const letters = rows(inputs, 5).filter((row) => /[a-z]/.test(row)).length / sequences;
    // Four standard errors of a share of 0.75.
    expect(Math.abs(letters - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / sequences));
  });

  it("needs T + 1 tokens, no more", () => {
    const one = (train: string) => corpusOf({ one: { weight: 1, train } });
    expect(rows(trainingBatch(one("abcdef"), shape, 0, 0).inputs, 5)).toEqual(Array(4).fill("abcde"));
    expect(() => trainingBatch(one("abcde"), shape, 0, 0)).toThrow(
      'domain "one" has 5 training tokens, needs 6',
    );
  });
});

describe("evaluationBatches", () => {
  // T = 2, B = 2. a: 13 tokens, floor(12 / 2) = 6 windows; b: 9 tokens, 4 windows.
  const corpus = corpusOf({
    a: { weight: 0.75, train: "", validation: "abcdefghijklm" },
    b: { weight: 0.25, train: "", validation: "012345678" },
  });
  const small = { sequenceLength: 2, batchSequences: 2 };
  const evaluate = (tokens: number) =>
    evaluationBatches(corpus, small, "validation", tokens).map(({ domain, inputs, targets }) => [
      domain,
      rows(inputs, 2).join(" "),
      rows(targets, 2).join(" "),
    ]);

  it("spreads windows evenly over each domain's stream", () => {
    // 8 tokens: n_a = round(0.75 * 8 / 4 = 1.5) = 2 batches, windows floor(j * 6 / 4) = 0, 1, 3, 4;
    // n_b = max(1, round(0.5) = 1) = 1, windows floor(j * 4 / 2) = 0, 2.
    expect(evaluate(8)).toEqual([
      ["a", "ab cd", "bc de"],
      ["a", "gh ij", "hi jk"],
      ["b", "01 45", "12 56"],
    ]);
  });

  it("follows the validation weights, not those of training", () => {
    const judged = corpusOf({
      a: { weight: 0.75, validationWeight: 0.25, train: "", validation: "abcdefghijklm" },
      b: { weight: 0.25, validationWeight: 0.75, train: "", validation: "012345678" },
    });
    // 8 tokens: n_a = max(1, round(0.5)) = 1, windows 0, 3; n_b = round(1.5) = 2, windows floor(j * 4 / 4) = 0 .. 3.
    const found = evaluationBatches(judged, small, "validation", 8);
    expect(found.map(({ domain, inputs }) => [domain, rows(inputs, 2).join(" ")])).toEqual([
      ["a", "ab gh"],
      ["b", "01 23"],
      ["b", "45 67"],
    ]);
  });

  it("gives every domain at least one batch", () => {
    // 1 token: both round to 0. Windows of a: floor(j * 6 / 2) = 0, 3.
    expect(evaluate(1)).toEqual([
      ["a", "ab gh", "bc hi"],
      ["b", "01 45", "12 56"],
    ]);
  });

  it("uses every window once when all are asked for, without overlap", () => {
    // 16 tokens: n_a = 3 batches = 6 windows of 6; n_b = 1.
    const inputs = evaluate(16).filter(([domain]) => domain === "a");
    expect(inputs.map(([, input]) => input).join(" ")).toBe("ab cd ef gh ij kl");
  });

  it("refuses to use a window twice", () => {
    // 20 tokens: n_a = round(3.75) = 4 batches = 8 windows of 6.
    expect(() => evaluate(20)).toThrow('domain "a" has 6 windows of 2 validation tokens, needs 8');
    expect(() => evaluationBatches(corpus, small, "test", 1)).toThrow("0 windows of 2 test tokens, needs 2");
  });

  it("fits as many tokens as the shortest domain has windows for", () => {
    expect(tokensThatFit(corpus, small, "validation", 16)).toBe(16);
    // 6 of the 8 windows that 20 tokens ask of a: 15 tokens, round(2.8) = 3 batches of a, 1 of b.
    expect(tokensThatFit(corpus, small, "validation", 20)).toBe(15);
    expect(evaluate(15)).toHaveLength(4);
    expect(tokensThatFit(corpus, small, "test", 16)).toBeNull();
  });
});
