import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { byIntegral, bySeries, noncentralTCdf } from "../../src/analysis/noncentral-t.ts";
import { incompleteBeta, logGamma, normalCdf } from "../../src/analysis/special-functions.ts";
import { studentTCdf, studentTQuantile, studentTTwoSided } from "../../src/analysis/student-t.ts";

/** SciPy's numbers; test/fixtures/statistics.py made them and names the versions. */
const scipy = JSON.parse(
  readFileSync(new URL("../fixtures/statistics.json", import.meta.url), "utf8"),
) as Record<string, Record<string, number>[]>;

/** Largest of |found - wanted| / (|wanted| + floor) over the rows of a fixture. */
function worst(
  rows: Record<string, number>[] | undefined,
  wanted: string,
  found: (row: Record<string, number>) => number,
) {
  expect(rows?.length).toBeGreaterThan(5);
  return Math.max(
    ...rows!.map((row) => Math.abs(found(row) - row[wanted]!) / (Math.abs(row[wanted]!) + 1e-12)),
  );
}

describe("distributions against SciPy", () => {
  it("log gamma", () => {
    // Near its zeros at 1 and 2 only the absolute error means something.
    for (const { x, value } of scipy["gamma"]!)
      expect(Math.abs(logGamma(x!) - value!) / (1 + Math.abs(value!))).toBeLessThan(1e-14);
  });
  it("incomplete beta", () => {
    expect(worst(scipy["beta"], "value", (r) => incompleteBeta(r["x"]!, r["a"]!, r["b"]!))).toBeLessThan(
      1e-11,
    );
  });
  it("normal distribution, far tails too", () => {
    for (const { z, value } of scipy["normal"]!)
      expect(Math.abs(normalCdf(z!) / value! - 1)).toBeLessThan(1e-12);
  });
  it("Student t: distribution function and two-sided p", () => {
    expect(worst(scipy["t"], "cdf", (r) => studentTCdf(r["t"]!, r["df"]!))).toBeLessThan(1e-9);
    expect(worst(scipy["t"], "two_sided", (r) => studentTTwoSided(r["t"]!, r["df"]!))).toBeLessThan(1e-9);
  });
  it("Student t: quantile", () => {
    expect(worst(scipy["quantile"], "t", (r) => studentTQuantile(r["p"]!, r["df"]!))).toBeLessThan(1e-9);
  });
  it("noncentral t", () => {
    const rows = scipy["noncentral"]!;
    for (const { t, df, shift, value } of rows)
      expect(Math.abs(noncentralTCdf(t!, df!, shift!) - value!)).toBeLessThan(1e-9);
  });
});

describe("distributions by hand", () => {
  it("t with one degree of freedom is Cauchy: P(T <= 1) = 3/4, quantile(3/4) = 1", () => {
    expect(studentTCdf(1, 1)).toBeCloseTo(0.75, 14);
    expect(studentTQuantile(0.75, 1)).toBeCloseTo(1, 13);
  });
  it("t with two degrees of freedom: P(T <= t) = 1/2 + t / (2 sqrt(2 + t^2))", () => {
    for (const t of [-7, -0.4, 0.02, 3])
      expect(studentTCdf(t, 2)).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 13);
  });
  it("noncentral t: the integral is the series where both are sharp", () => {
    for (const df of [1, 2, 7, 30, 1000])
      for (const shift of [-12, 0.5, 3, 12, 25])
        for (const t of [0.2, 2, 11, 12, 13, 25, 60])
          expect(Math.abs(byIntegral(t, df, shift) - bySeries(t, df, shift))).toBeLessThan(1e-10);
  });

  it("without shift the noncentral t is the t", () => {
    for (const t of [-2, 0, 0.7, 5]) expect(noncentralTCdf(t, 6, 0)).toBeCloseTo(studentTCdf(t, 6), 12);
  });
  it("refuses what is not defined", () => {
    expect(() => studentTQuantile(1.2, 3)).toThrow("studentTQuantile(1.2, 3)");
    expect(() => incompleteBeta(-0.1, 1, 1)).toThrow("incompleteBeta(-0.1, 1, 1)");
  });
});
