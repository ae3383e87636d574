import { expect, it } from "vitest";
import { streamOf } from "../../../src/core/streams.ts";
import { continueTexts, drawnBy, mostProbable } from "../../../src/train/decoding/continue.ts";
import type { TokenDecoder } from "../../../src/train/decoding/token-decoder.ts";

/** V = 5; the logits of what follows token x are highest at x + 1, modulo 5. */
function counting(rows: number, length: number): TokenDecoder & { readonly passes: () => number } {
  let passes = 0;
  return {
    ...{ kind: "whole", rows, length, begin: () => undefined, dispose: () => Promise.resolve() },
    next: (tokens) => {
      passes += 1;
      const logits = new Float32Array(rows * 5);
      tokens.forEach((token, row) => (logits[row * 5 + ((token + 1) % 5)] = 1));
      return Promise.resolve(logits);
    },
    passes: () => passes,
  };
}

it("continues prompts of different lengths until the end token, the most that is asked for, or a full sequence", async () => {
  const decoder = counting(2, 6);
  const prompts = [[0], [3, 1], [2, 2, 2, 2, 2, 2], [4]];
  const said = await continueTexts(decoder, prompts, { choose: mostProbable, most: 10, end: 4 });
  expect(said).toEqual([
    { tokens: [1, 2, 3], isEnded: true },
    { tokens: [2, 3], isEnded: true },
    { tokens: [3], isEnded: false }, // the sequence of 6 is full: one token more can be said of it
    { tokens: [0, 1, 2, 3], isEnded: true },
  ]);
  // Two prompts at a time: 4 passes say 1, 2, 3 and the end of the first; the sixth token of the third prompt is the last of it.
  expect(decoder.passes()).toBe(4 + 6);
  const few = await continueTexts(decoder, [[0], [0]], { choose: mostProbable, most: 2, end: null });
  expect(few).toEqual(new Array(2).fill({ tokens: [1, 2], isEnded: false }));
  await expect(continueTexts(decoder, [[]], { choose: mostProbable, most: 1, end: null })).rejects.toThrow(
    "0 tokens",
  );
});

it("equally probable tokens: the lower one", () => {
  expect(mostProbable(Float32Array.of(-1, 3, 3, 0))).toBe(1);
  expect(mostProbable(Float32Array.of(-Infinity, NaN, -2))).toBe(2);
});

it("draws by softmax of logits over the temperature, each row by its own stream", () => {
  const logits = Float32Array.of(Math.log(1), Math.log(2), Math.log(5));
  const count = (temperature: number): number[] => {
    const choose = drawnBy(streamOf(3, "test"), temperature);
    const counts = [0, 0, 0];
    for (let i = 0; i < 8000; i++) counts[choose(logits, 0)]! += 1;
    return counts.map((n) => n / 8000);
  };
  const near = (found: number[], expected: number[]): void => {
    // four standard errors of a share of 8000 draws
    found.forEach((share, i) =>
      expect(Math.abs(share - expected[i]!)).toBeLessThan(4 * Math.sqrt(0.25 / 8000)),
    );
  };
  near(count(1), [1 / 8, 2 / 8, 5 / 8]);
  near(count(0.5), [1 / 30, 4 / 30, 25 / 30]); // squares of 1, 2, 5
  expect(count(0)).toEqual([0, 0, 1]);
  const draw = (rows: readonly number[]): number[] => {
    const choose = drawnBy(streamOf(3, "test"), 1);
    return rows.map((row) => choose(logits, row));
  };
  const alone = draw(new Array<number>(30).fill(1));
  const beside = draw(Array.from({ length: 60 }, (_, i) => i % 2)).filter((_, i) => i % 2 === 1);
  expect(beside).toEqual(alone);
});
