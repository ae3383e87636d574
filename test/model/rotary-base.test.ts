import { expect, it } from "vitest";
import { rotaryBaseOf } from "../../src/model/rotary-base.ts";

const base = (rotaryFactor: number, width: number, heads: number): number =>
  rotaryBaseOf({ rotaryBase: 10_000, rotaryFactor, width, heads });

it("is Yuan's 40 890 at their sizes: four times longer, 128 numbers that turn", () => {
  // 10 000 * 4^(128 / 126) = 10 000 * 4 * 4^(1 / 63) = 40 000 * 1.022248
  expect(base(4, 128, 1)).toBeCloseTo(40_889.94, 1);
});

it("is the base itself at factor 1, and turns the slowest pair of a head as many times slower as the factor", () => {
  expect(base(1, 64, 2)).toBe(10_000);
  const d = 32;
  const slowest = (theta: number): number => theta ** (-(d - 2) / d);
  expect(slowest(10_000) / slowest(base(4, 64, 2))).toBeCloseTo(4, 10);
  expect(base(4, 4, 2)).toBe(10_000); // one pair
});
