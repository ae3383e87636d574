import { describe, expect, it } from "vitest";
import { fitLine, median, timesOf } from "../../bench/stats.mjs";

describe("median", () => {
  it("is the middle value, whatever the order", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([7])).toBe(7);
  });

  it("is the mean of the two middle ones of an even number", () => {
    expect(median([10, 1, 4, 2])).toBe(3);
  });

  it("leaves its input alone and refuses nothing at all", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
    expect(() => median([])).toThrow("no values");
  });
});

it("rounds times to the microsecond", () => {
  expect(timesOf([2.00049, 1, 4.5])).toEqual({ median_ms: 2, min_ms: 1, max_ms: 4.5, steps: 3 });
});

describe("fitLine", () => {
  it("finds a line through points on it", () => {
    // y = 3 - 2 x
    expect(
      fitLine([
        [0, 3],
        [1, 1],
        [4, -5],
      ]),
    ).toEqual({ slope: -2, intercept: 3 });
  });

  it("minimises the squares of what is left", () => {
    const { slope, intercept } = fitLine([
      [0, 0],
      [1, 3],
      [2, 3],
    ]);
    // mean x 1, mean y 2; sum (x - 1)(y - 2) = 2 + 0 + 1 = 3; sum (x - 1)^2 = 2.
    expect(slope).toBe(1.5);
    expect(intercept).toBe(0.5);
  });

  it("needs points at two places", () => {
    expect(() => fitLine([[1, 2]])).toThrow("two places");
  });
});
