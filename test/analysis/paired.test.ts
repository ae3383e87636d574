import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { equivalenceP } from "../../src/analysis/equivalence.ts";
import { holm, holmLevels } from "../../src/analysis/holm.ts";
import { meanInterval, pairedT } from "../../src/analysis/paired-t.ts";
import {
  powerOfPairedT,
  seedsNeeded,
  smallestEffect,
  smallestEffectOfLooks,
} from "../../src/analysis/power.ts";
import { signFlip } from "../../src/analysis/sign-flip.ts";
import { decide } from "../../src/analysis/verdict.ts";
import { streamOf } from "../../src/core/streams.ts";

interface PairedRow {
  baseline: number[];
  variant: number[];
  mean: number;
  sd: number;
  low: number;
  high: number;
  t: number;
  p: number;
  margin: number;
  equivalence_p: number;
  sign_flip_p: number;
}
/** SciPy's numbers; test/fixtures/statistics.py made them and names the versions. */
const scipy = JSON.parse(readFileSync(new URL("../fixtures/statistics.json", import.meta.url), "utf8")) as {
  paired: PairedRow[];
  power: { effect: number; sd: number; n: number; alpha: number; value: number }[];
};
const stream = () => streamOf(0, "test");

describe("paired comparison against SciPy", () => {
  it.each(scipy.paired.map((row) => [row.baseline.length, row] as const))("%i pairs", (_n, row) => {
    const differences = row.variant.map((value, i) => value - row.baseline[i]!);
    const test = pairedT(differences, 0.05)!;
    expect(test.mean).toBeCloseTo(row.mean, 13);
    expect(test.sd).toBeCloseTo(row.sd, 13);
    expect(test.low).toBeCloseTo(row.low, 11);
    expect(test.high).toBeCloseTo(row.high, 11);
    expect(test.t / row.t).toBeCloseTo(1, 9);
    expect(test.p).toBeCloseTo(row.p, 10);
    expect(equivalenceP(test, row.margin)).toBeCloseTo(row.equivalence_p, 10);
    expect(signFlip(differences, stream())!.p).toBeCloseTo(row.sign_flip_p, 12);
  });
  it("power of the paired t", () => {
    for (const row of scipy.power) {
      expect(powerOfPairedT(row.effect, row.sd, row.n, row.alpha)).toBeCloseTo(row.value, 9);
    }
  });
});

describe("paired t by hand", () => {
  it("differences 1, 3: mean 2, sd sqrt 2, t = 2 / (sqrt 2 / sqrt 2) = 2; Cauchy p = 1 - 2 atan(2) / pi", () => {
    const test = pairedT([1, 3], 0.05)!;
    expect(test.mean).toBe(2);
    expect(test.t).toBeCloseTo(2, 14);
    expect(test.p).toBeCloseTo(1 - (2 * Math.atan(2)) / Math.PI, 13);
  });
  it("one pair has no spread", () => {
    expect(pairedT([0.3], 0.05)).toBeNull();
    expect(meanInterval([0.3], 0.05)).toEqual({ n: 1, mean: 0.3, sd: null, low: null, high: null });
    expect(meanInterval([], 0.05)).toBeNull();
  });
  it("equivalence far inside the margin keeps its digits: t = 50 on both sides, two pairs, p = atan(1/50) / pi", () => {
    // differences 1, -1: mean 0, standard error 1; margin 50; P(T > 50) of a Cauchy variable.
    expect(equivalenceP(pairedT([1, -1], 0.05)!, 50) / (Math.atan(1 / 50) / Math.PI)).toBeCloseTo(1, 13);
    // Nine pairs and a margin of 3000 standard errors: as 1 - p this would round to nothing.
    const far = pairedT([1, -1, 1, -1, 1, -1, 1, -1, 0], 0.05)!;
    expect(equivalenceP(far, 1000)).toBeGreaterThan(0);
    expect(equivalenceP(far, 1000)).toBeLessThan(1e-20);
  });
  it("equal runs are no evidence of a difference, and as equivalent as can be", () => {
    const test = pairedT([0, 0, 0], 0.05)!;
    expect(test).toMatchObject({ t: 0, p: 1, low: 0, high: 0 });
    expect(equivalenceP(test, 0.01)).toBe(0);
  });
  it("a constant difference is certain", () => {
    expect(pairedT([0.5, 0.5], 0.05)).toMatchObject({ t: Infinity, p: 0 });
  });
});

describe("Holm", () => {
  it("0.01, 0.04, 0.03 become 0.03, 0.06, 0.06", () => {
    // sorted 0.01*3 = 0.03, 0.03*2 = 0.06, then max(0.06, 0.04*1) = 0.06
    const adjusted = holm([0.01, 0.04, 0.03]);
    [0.03, 0.06, 0.06].forEach((wanted, i) => expect(adjusted[i]).toBeCloseTo(wanted, 15));
  });
  it("what could not be tested does not count; nothing exceeds one", () => {
    expect(holm([null, 0.02, 0.9])).toEqual([null, 0.04, 0.9]);
    expect(holm([0.8, 0.9])).toEqual([1, 1]);
  });
});

describe("the level that Holm holds a p-value against", () => {
  it("of 0.01, 0.2, 0.03 at 0.05: a third of it for the first, half of it for the others", () => {
    // For 0.01 the others are 0.03 > 0.05/3: none is rejected before, so 0.05/3. For 0.2 and 0.03: 0.01 <= 0.05/3 is one.
    const levels = holmLevels([0.01, 0.2, 0.03], 0.05);
    [0.05 / 3, 0.05 / 2, 0.05 / 2].forEach((wanted, i) => expect(levels[i]).toBeCloseTo(wanted, 15));
  });
  it("is 0.05 where all others are rejected, and nothing where there is no p-value", () => {
    expect(holmLevels([0.001, null, 0.9], 0.05)).toEqual([0.025, null, 0.05]);
    expect(holmLevels([0.3], 0.05)).toEqual([0.05]);
  });
  it("agrees with Holm's adjusted p-values: p is at or below its level where the adjusted one is at or below alpha", () => {
    const stream = streamOf(3, "holm");
    let rejected = 0;
    for (let family = 0; family < 500; family++) {
      const ps = Array.from({ length: 5 }, () => stream.uniform() ** 3);
      const adjusted = holm(ps);
      const levels = holmLevels(ps, 0.05);
      for (const [i, p] of ps.entries()) expect(p <= levels[i]!).toBe(adjusted[i]! <= 0.05);
      rejected += adjusted.filter((p) => p! <= 0.05).length;
    }
    expect(rejected).toBeGreaterThan(200);
    expect(rejected).toBeLessThan(2300);
  });
});

describe("sign flips", () => {
  it("three differences of one sign: only the pattern and its mirror are as far out, p = 2/8", () => {
    expect(signFlip([1, 2, 3], stream())).toEqual({ p: 0.25, smallestP: 0.25, method: "enumerated" });
  });
  it("ties count whatever the order of summation: 0.1 + 0.2 - 0.3", () => {
    // |sum| = 0 in exact arithmetic, so every one of the 8 patterns is at least as far out.
    expect(signFlip([0.1, 0.2, -0.3], stream())!.p).toBe(1);
  });
  it("beyond 20 pairs: sampled, reproducible, near the exact binomial answer", () => {
    // 22 differences of +-1 with 17 plus: |sum| >= 12 <=> at least 17 of a kind; p = 2 * sum_{k>=17} C(22, k) / 2^22
    const differences = Array.from({ length: 22 }, (_, i) => (i < 17 ? 1 : -1));
    const exact = (2 * (26334 + 7315 + 1540 + 231 + 22 + 1)) / 2 ** 22;
    const sampled = signFlip(differences, stream())!;
    expect(sampled.method).toBe("sampled");
    // standard error sqrt(p / 200 000) = 0.0003; five of them
    expect(Math.abs(sampled.p - exact)).toBeLessThan(0.0015);
    expect(signFlip(differences, stream())).toEqual(sampled);
    expect(
      signFlip(
        Array.from({ length: 40 }, () => 1),
        stream(),
      )!.p,
    ).toBe(sampled.smallestP);
  });
});

describe("planning", () => {
  it("the smallest effect has 80 % power, and the seeds needed for it are those it came from", () => {
    const effect = smallestEffect(0.6, 8, 0.05)!;
    expect(powerOfPairedT(effect, 0.6, 8, 0.05)).toBeCloseTo(0.8, 9);
    expect(seedsNeeded(effect, 0.6, 0.05)).toBe(8);
    expect(seedsNeeded(effect * 0.999, 0.6, 0.05)).toBe(9);
  });
  it("a textbook case: effect of half a standard deviation needs 34 pairs (Cohen)", () => {
    expect(seedsNeeded(0.5, 1, 0.05)).toBe(34);
  });
  it("over one look the simulated smallest effect is the exact one, within its 0.3 % of power", () => {
    const effect = smallestEffectOfLooks([{ n: 8, level: 0.05 }]);
    // Three standard errors of a share of 20 000 at 80 %: 0.0085.
    expect(Math.abs(powerOfPairedT(effect, 1, 8, 0.05) - 0.8)).toBeLessThan(0.0085);
    // Two looks at half the level each find less than one at the whole, and more than the second by itself.
    const two = smallestEffectOfLooks([
      { n: 6, level: 0.025 },
      { n: 8, level: 0.025 },
    ]);
    expect(two).toBeGreaterThan(effect);
    expect(two).toBeLessThan(smallestEffect(1, 8, 0.025)!);
  });
  it("extremes", () => {
    expect(smallestEffect(0.6, 1, 0.05)).toBeNull();
    expect(smallestEffect(0, 5, 0.05)).toBe(0);
    expect(seedsNeeded(1e-6, 1, 0.05)).toBeNull();
    expect(seedsNeeded(1, 1e-9, 0.05)).toBe(2);
  });
});

describe("verdict", () => {
  it.each([
    [{ mean: -1, holmP: 0.2, equivalenceHolmP: 0.01 }, "equivalent"],
    [{ mean: -1, holmP: 0.01, equivalenceHolmP: 0.01 }, "better within the margin"],
    [{ mean: 1, holmP: 0.01, equivalenceHolmP: 0.01 }, "worse within the margin"],
    [{ mean: -1, holmP: 0.05, equivalenceHolmP: 0.3 }, "better"],
    [{ mean: 1, holmP: 0.01, equivalenceHolmP: null }, "worse"],
    [{ mean: 1, holmP: 0.051, equivalenceHolmP: 0.3 }, "undecided"],
  ])("%j is %s", (evidence, verdict) => expect(decide(evidence, 0.05)).toBe(verdict));
});
