import { expect, it } from "vitest";
import { bitsPerByte, weightedLoss } from "../../src/data/losses.ts";
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

it("turns nats a token into bits a byte", () => {
  // 256 equally likely bytes cost ln 256 nats = 8 bits; at 4 bytes a token 2 bits a byte.
  expect(bitsPerByte(Math.log(256), 1)).toBeCloseTo(8, 12);
  expect(bitsPerByte(Math.log(256), 4)).toBeCloseTo(2, 12);
});
