import { expect, it } from "vitest";
import { shareInterval } from "../../../src/analysis/answers/share-interval.ts";

/** P(X <= x) of n trials with chance p, term by term. */
function atMost(x: number, n: number, p: number): number {
  let sum = 0;
  let term = (1 - p) ** n;
  for (let k = 0; k <= x; k++) {
    sum += term;
    term *= ((n - k) / (k + 1)) * (p / (1 - p));
  }
  return sum;
}

it("nothing and everything right have the ends by hand", () => {
  // No success in n: (1 - p)^n = alpha / 2.
  expect(shareInterval(0, 10, 0.05)).toEqual({
    asked: 10,
    share: 0,
    low: 0,
    high: expect.closeTo(1 - 0.025 ** 0.1, 12) as number,
  });
  expect(shareInterval(10, 10, 0.05).low).toBeCloseTo(0.025 ** 0.1, 12);
  expect(shareInterval(10, 10, 0.05).high).toBe(1);
  expect(shareInterval(1, 1, 0.05).low).toBeCloseTo(0.025, 12);
});

it("ends are where the binomial tails have half of alpha each, summed term by term", () => {
  for (const [x, n, alpha] of [
    [1, 7, 0.05],
    [13, 40, 0.05],
    [50, 128, 0.01],
    [100, 128, 0.1],
  ] as const) {
    const { low, high, share } = shareInterval(x, n, alpha);
    expect(share).toBe(x / n);
    expect(atMost(x, n, high)).toBeCloseTo(alpha / 2, 10);
    expect(1 - atMost(x - 1, n, low)).toBeCloseTo(alpha / 2, 10);
  }
});

it("covers the truth at least as often as it says, over every outcome of 20 trials", () => {
  for (const p of [0.02, 0.25, 0.5, 0.9]) {
    let covered = 0;
    for (let x = 0; x <= 20; x++) {
      const { low, high } = shareInterval(x, 20, 0.05);
      if (low <= p && p <= high) covered += atMost(x, 20, p) - (x === 0 ? 0 : atMost(x - 1, 20, p));
    }
    expect(covered).toBeGreaterThanOrEqual(0.95);
  }
});
