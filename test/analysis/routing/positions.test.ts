import { expect, it } from "vitest";
import { lossByPosition } from "../../../src/analysis/routing/positions.ts";

it("bands double up to an eighth of the sequence, and cover it once", () => {
  const bands = lossByPosition(new Float32Array(64), 64).map(({ from, to }) => [from, to]);
  // 1, 2, 3-4, 5-8, then by eight.
  expect(bands.slice(0, 6)).toEqual([
    [1, 1],
    [2, 2],
    [3, 4],
    [5, 8],
    [9, 16],
    [17, 24],
  ]);
  expect(bands.at(-1)).toEqual([57, 64]);
  expect(bands.reduce((sum, [from, to]) => sum + to! - from! + 1, 0)).toBe(64);
});

it("a band's loss is the mean over all sequences of the tokens in it", () => {
  // Two sequences of four: what stands first in each, then second, then both others.
  const found = lossByPosition(Float32Array.of(4, 2, 1, 0, 2, 2, 3, 2), 4);
  expect(found).toEqual([
    { from: 1, to: 1, tokens: 2, lossNats: 3 },
    { from: 2, to: 2, tokens: 2, lossNats: 2 },
    { from: 3, to: 3, tokens: 2, lossNats: 2 },
    { from: 4, to: 4, tokens: 2, lossNats: 1 },
  ]);
});

it("a sequence of one token is one band", () => {
  expect(lossByPosition(Float32Array.of(1, 3), 1)).toEqual([{ from: 1, to: 1, tokens: 2, lossNats: 2 }]);
});
