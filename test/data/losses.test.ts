import { describe, expect, it } from "vitest";
import { bitsPerByte, weightedLoss } from "../../src/data/losses.ts";
import { bpeTokenizer } from "../../src/data/tokenizers/bpe-tokenizer.ts";
import { byteTokenizer } from "../../src/data/tokenizers/tokenizer.ts";
import type { EvaluationBatch } from "../../src/data/types.ts";
import { corpusOf } from "./helpers.ts";

const corpus = corpusOf({ a: { weight: 0.75, train: "" }, b: { weight: 0.25, train: "" } });

it("weighs the losses of the domains", () => {
  expect(weightedLoss(corpus, { a: 2, b: 4 })).toBe(0.75 * 2 + 0.25 * 4);
  const judged = corpusOf({
    a: { weight: 0.75, validationWeight: 0.5, train: "" },
    b: { weight: 0.25, validationWeight: 0.5, train: "" },
  });
  expect(weightedLoss(judged, { a: 2, b: 4 })).toBe(3);
  expect(() => weightedLoss(corpus, { a: 2 })).toThrow('no loss of domain "b"');
});

describe("bits per byte", () => {
  const batchOf = (domain: string, targets: number[]): EvaluationBatch => ({
    domain,
    inputs: new Int32Array(targets.length),
    targets: Int32Array.from(targets),
    labels: new Int32Array(targets.length),
  });

  it("are nats a token over ln 2 where tokens are bytes or stand for none", () => {
    // 256 equally likely bytes cost ln 256 nats = 8 bits.
    const losses = { a: Math.log(256), b: Math.log(256) };
    const batches = [batchOf("a", [97]), batchOf("b", [98])];
    expect(bitsPerByte({ ...corpus, tokenizer: byteTokenizer }, batches, losses)).toBeCloseTo(8, 12);
    expect(bitsPerByte(corpus, batches, losses)).toBe(weightedLoss(corpus, losses) / Math.LN2);
  });

  it("divide each domain by the bytes of the tokens that it predicted, so that domains weigh as they do in bytes", () => {
    // Token 256 is "ab". Domain a: 2 tokens of 3 bytes, 3 ln 2 nats a token: 3 / 1.5 = 2 bits a byte. Domain b: bytes, 4 bits.
    const pairs = { ...corpus, tokenizer: bpeTokenizer([[97, 98]]) };
    const batches = [batchOf("a", [256]), batchOf("a", [97]), batchOf("b", [97, 98])];
    expect(bitsPerByte(pairs, batches, { a: 3 * Math.LN2, b: 4 * Math.LN2 })).toBeCloseTo(
      0.75 * 2 + 0.25 * 4,
      12,
    );
  });
});
