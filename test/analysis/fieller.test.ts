import { expect, it } from "vitest";
import { fieller } from "../../src/analysis/fieller.ts";
import { pairedT } from "../../src/analysis/paired-t.ts";

const X = [0.3, 0.5, 0.2, 0.6, 0.4];
const Y = [0.9, 1.1, 1.0, 1.2, 0.8];

it("has the ratio of means, and ends at which a t-test just refuses numerator = r * denominator", () => {
  const { ratio, low, high } = fieller(X, Y, 0.05)!;
  expect(ratio).toBeCloseTo(2 / 5, 12);
  for (const end of [low!, high!]) {
    const test = pairedT(
      X.map((x, index) => x - end * Y[index]!),
      0.05,
    )!;
    expect(test.p).toBeCloseTo(0.05, 9);
  }
  expect(low!).toBeLessThan(ratio);
  expect(high!).toBeGreaterThan(ratio);
});

it("is a point where one is a multiple of the other", () => {
  const { low, high } = fieller(Y.map((y) => 2 * y), Y, 0.05)!; // prettier-ignore
  expect([low, high].map((end) => end?.toFixed(9))).toEqual(["2.000000000", "2.000000000"]);
});

it("has no ends where the denominator may be zero, and nothing of one pair", () => {
  expect(fieller(X, [-1, 1, -0.5, 0.6, 0.1], 0.05)).toMatchObject({ low: null, high: null });
  expect(fieller([1], [2], 0.05)).toBeNull();
});
