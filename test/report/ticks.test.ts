import { describe, expect, it } from "vitest";
import { compactCount, linearTicks, logTicks, signedNumber } from "../../src/report/draw/ticks.ts";

const values = (ticks: readonly { readonly value: number }[]) => ticks.map(({ value }) => value);

describe("linearTicks", () => {
  it.each([
    [{ min: 0, max: 10 }, 6, [0, 2, 4, 6, 8, 10]],
    [{ min: -2.3, max: 5.1 }, 6, [-2, 0, 2, 4]],
    [{ min: 1.47, max: 2.1 }, 7, [1.5, 1.6, 1.7, 1.8, 1.9, 2, 2.1]],
    [{ min: 0.0011, max: 0.0019 }, 4, [0.0015]],
    // 3 * 0.1 is not 0.30000000000000004.
    [{ min: 0, max: 0.35 }, 4, [0, 0.1, 0.2, 0.3]],
  ])("%o in at most %i", (range, most, expected) => {
    expect(values(linearTicks(range, most))).toEqual(expected);
    expect(linearTicks(range, most).map(({ text }) => text)).toEqual(expected.map(String));
  });

  it("are within the range, evenly spaced, and never more than asked for", () => {
    for (let seed = 1; seed < 400; seed++) {
      const min = Math.sin(seed) * 10 ** (seed % 7);
      const range = { min, max: min + Math.abs(Math.cos(seed)) * 10 ** (seed % 5) + 1e-3 };
      for (const most of [2, 4, 7]) {
        const found = values(linearTicks(range, most));
        expect(found.length).toBeLessThanOrEqual(most);
        const slack = 1e-9 * Math.max(Math.abs(range.min), Math.abs(range.max), 1);
        expect(found.every((value) => value >= range.min - slack && value <= range.max + slack)).toBe(true);
      }
    }
  });
});

describe("logTicks", () => {
  it("has powers of ten, and as many between as there is room for", () => {
    expect(values(logTicks({ min: 9, max: 31 }, 8))).toEqual([10, 15, 20, 30]);
    expect(values(logTicks({ min: 3, max: 120 }, 8))).toEqual([3, 5, 10, 20, 30, 50, 100]);
    expect(values(logTicks({ min: 3, max: 120 }, 5))).toEqual([5, 10, 20, 50, 100]);
    expect(values(logTicks({ min: 1, max: 3000 }, 8))).toEqual([1, 3, 10, 30, 100, 300, 1000, 3000]);
    expect(values(logTicks({ min: 1, max: 1e6 }, 8))).toEqual([1, 10, 100, 1000, 1e4, 1e5, 1e6]);
    expect(values(logTicks({ min: 0.004, max: 0.06 }, 8))).toEqual([0.005, 0.01, 0.02, 0.03, 0.05]);
  });
});

describe("texts of numbers", () => {
  it("are short", () => {
    expect([0, 950, 819_200, 1_638_400, 50_000_000].map(compactCount)).toEqual([
      "0",
      "950",
      "819K",
      "1.64M",
      "50M",
    ]);
    expect([0.30000000000000004, -2, 0].map(signedNumber)).toEqual(["+0.3", "-2", "0"]);
  });
});
