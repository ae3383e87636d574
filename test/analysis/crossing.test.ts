import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { crossingProbability } from "../../src/analysis/crossing.ts";
import { integrate } from "../../src/analysis/quadrature.ts";

/** test/fixtures/statistics.py computes them forwards, on cells, with SciPy's distributions. */
const { crossing } = JSON.parse(
  readFileSync(new URL("../fixtures/statistics.json", import.meta.url), "utf8"),
) as { crossing: { sizes: number[]; levels: number[]; value: number }[] };

describe("probability of crossing at any look", () => {
  it.each(crossing)("$sizes at $levels, against SciPy", ({ sizes, levels, value }) => {
    expect(Math.abs(crossingProbability(sizes, levels) - value)).toBeLessThan(2e-5);
    expect(Math.abs(crossingProbability(sizes, levels) / value - 1)).toBeLessThan(5e-4);
  });
  it("one look: its level", () => {
    for (const level of [0.001, 0.05, 0.4]) expect(crossingProbability([9], [level])).toBeCloseTo(level, 10);
  });
  it("is at least the largest level and at most their sum; a look that never crosses changes nothing", () => {
    const both = crossingProbability([4, 40], [0.02, 0.03]);
    expect(both).toBeGreaterThan(0.03);
    expect(both).toBeLessThan(0.05);
    expect(crossingProbability([4, 8, 12], [0.02, 0, 0.03])).toBeCloseTo(
      crossingProbability([4, 12], [0.02, 0.03]),
      4,
    );
  });
  it("two looks at nearly the same data cross nearly together; far apart they are nearly independent", () => {
    expect(crossingProbability([400, 401], [0.04, 0.04])).toBeLessThan(0.043);
    expect(crossingProbability([4, 900], [0.04, 0.04])).toBeCloseTo(1 - 0.96 ** 2, 3);
  });
  it("looks that add one pair, against 4 million simulated experiments (numpy): 0.04828 +- 0.00011, 0.04160 +- 0.00010", () => {
    expect(Math.abs(crossingProbability([4, 5, 6, 7], [0.02, 0.02, 0.02, 0.02]) - 0.04828)).toBeLessThan(
      0.0004,
    );
    expect(Math.abs(crossingProbability([8, 9], [0.025, 0.034]) - 0.0416)).toBeLessThan(0.0004);
  });
});

describe("quadrature", () => {
  it("n nodes are exact for polynomials of degree 2n - 1: x^9 + x^4 over (0, 2) is 102.4 + 6.4", () => {
    expect(integrate(5, [0, 2], (x) => x ** 9 + x ** 4)).toBeCloseTo(108.8, 11);
  });
  it("square-root corners: the integral of sqrt(x (1 - x)) over (0, 1) is pi / 8", () => {
    const root = (x: number): number => Math.sqrt(x * (1 - x));
    expect(Math.abs(integrate(14, [0, 1], root, true) - Math.PI / 8)).toBeLessThan(1e-5);
    expect(Math.abs(integrate(14, [0, 1], root) - Math.PI / 8)).toBeGreaterThan(1e-5);
  });
});
