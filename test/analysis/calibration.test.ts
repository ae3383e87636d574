import { describe, expect, it } from "vitest";
import { evenSteps, planLooks } from "../../src/analysis/look-plan.ts";
import { smallestEffect, smallestEffectOfLooks } from "../../src/analysis/power.ts";
import type { Verdict } from "../../src/analysis/verdict.ts";
import type { Procedure } from "../../src/records/looks.ts";
import { PAIRED_SD, shareOf, simulate, steps, type Simulated } from "./procedures.ts";

/**
 * What verdicts promise, counted in simulated experiments that go through the real functions. Always the same random numbers; a bound is the
 * promise and four standard errors, 4 sqrt(p (1 - p) / n).
 */
const EXPERIMENTS = 4000;
const within = (p: number, n = EXPERIMENTS): number => 4 * Math.sqrt((p * (1 - p)) / n);

const plan = (looks: number, most: number): Procedure => planLooks("q", evenSteps([1], looks, most));
const isDifferent = (verdict: Verdict | null): boolean => /better|worse/.test(verdict ?? "");
const isEquivalent = (verdict: Verdict | null): boolean => /equivalent|within/.test(verdict ?? "");
function experiments(
  effects: readonly number[],
  margin: number,
  taken: ReturnType<typeof steps>,
  count = EXPERIMENTS,
): Simulated[] {
  return Array.from({ length: count }, (_, number) => simulate(number, effects, margin, taken));
}
/** A margin so small that no experiment is ever equivalent: nothing stops early but a difference. */
const NO_MARGIN = 1e-9;

const PROCEDURES = [
  ["6 seeds, one look", steps(plan(1, 6))],
  ["4, 8, 12, 16 seeds", steps(plan(4, 16))],
  ["8 to 32 seeds in 4 looks", steps(plan(4, 32))],
] as const;

describe.each(PROCEDURES)("%s", (_, taken) => {
  const sizes = taken.map(({ seeds, looks }, index) => ({ n: seeds, level: looks.paid[index]!.level }));
  const visible = smallestEffectOfLooks(sizes) * PAIRED_SD;
  const none = experiments([0], NO_MARGIN, taken);
  const some = experiments([visible], NO_MARGIN, taken);

  it("without an effect 5 % are called different, over all looks", () => {
    const share = shareOf(none, ({ verdicts }) => verdicts.some(isDifferent));
    expect(Math.abs(share - 0.05)).toBeLessThan(within(0.05));
  });
  it("the effect that the plan promises is found with 80 % power", () => {
    const share = shareOf(some, ({ verdicts }) => verdicts[0] === "worse");
    expect(Math.abs(share - 0.8)).toBeLessThan(within(0.8));
  });
  it("all intervals printed on the way cover the effect in 95 %, or more where it stopped the experiment", () => {
    const covered = (found: Simulated[], effect: number): number =>
      shareOf(found, ({ intervals }) =>
        intervals[0]!.every(({ low, high }) => low <= effect && effect <= high),
      );
    expect(Math.abs(covered(none, 0) - 0.95)).toBeLessThan(within(0.05));
    expect(covered(some, visible)).toBeGreaterThan(0.95 - within(0.05));
  });
  it("an effect as large as the margin is called equivalent in 5 % at most", () => {
    const margin = 1.2 * PAIRED_SD;
    const share = shareOf(experiments([margin], margin, taken), ({ verdicts }) =>
      verdicts.some(isEquivalent),
    );
    expect(share).toBeLessThan(0.05 + within(0.05));
    expect(share).toBeGreaterThan(0.02);
  });
  it("four variants without an effect: one or more called different in 5 % at most, whether or not equivalence stops some", () => {
    for (const margin of [NO_MARGIN, PAIRED_SD]) {
      const found = experiments([0, 0, 0, 0], margin, taken, 2000);
      const share = shareOf(found, ({ verdicts }) => verdicts.some(isDifferent));
      expect(share).toBeLessThan(0.05 + within(0.05, 2000));
      expect(share).toBeGreaterThan(0.02);
    }
  });
  it("two real effects beside two that are none: the two are called different in 5 % at most", () => {
    const found = experiments([5 * PAIRED_SD, 0, -5 * PAIRED_SD, 0], NO_MARGIN, taken, 2000);
    const share = shareOf(found, ({ verdicts }) => [verdicts[1]!, verdicts[3]!].some(isDifferent));
    expect(share).toBeLessThan(0.05 + within(0.05, 2000));
    expect(share).toBeGreaterThan(0.025);
    expect(
      shareOf(found, ({ verdicts }) => verdicts[0] === "worse" && verdicts[2] === "better"),
    ).toBeGreaterThan(0.8);
  });
  it("four variants as far off as the margin: one or more called equivalent in 5 % at most", () => {
    const margin = 1.2 * PAIRED_SD;
    const found = experiments([margin, -margin, margin, -margin], margin, taken, 2000);
    expect(shareOf(found, ({ verdicts }) => verdicts.some(isEquivalent))).toBeLessThan(
      0.05 + within(0.05, 2000),
    );
  });
});

describe("seeds added by hand", () => {
  it("take the next planned look, whatever their number, at the same cost", () => {
    const lists = [6, 9, 30].map((count) => Array.from({ length: count }, (_, i) => i + 1));
    const taken = steps(plan(3, 18), lists);
    expect(taken.map(({ looks }) => looks.paid.length)).toEqual([1, 2, 3]);
    const share = shareOf(experiments([0], NO_MARGIN, taken), ({ verdicts }) => verdicts.some(isDifferent));
    expect(Math.abs(share - 0.05)).toBeLessThan(within(0.05));
  });
  it("after the planned looks bring no verdict more: 5 % over all of them", () => {
    const lists = [8, 12, 16].map((count) => Array.from({ length: count }, (_, i) => i + 1));
    const taken = steps(plan(1, 8), lists);
    expect(taken.map(({ looks }) => looks.paid.length)).toEqual([1, 1, 1]);
    const found = experiments([0], NO_MARGIN, taken);
    const share = shareOf(found, ({ verdicts }) => verdicts.some(isDifferent));
    expect(Math.abs(share - 0.05)).toBeLessThan(within(0.05));
    // Testing each look at 5 % instead would call more of them different.
    const naive = shareOf(found, ({ intervals }) =>
      intervals[0]!.some(({ low, high }) => low > 0 || high < 0),
    );
    expect(naive).toBeGreaterThan(0.08);
  });
});

describe("what an experiment could have seen", () => {
  it("holds at the level that Holm left: 80 % of such effects are found beside one that is plain and one that is none", () => {
    const taken = steps(plan(1, 8));
    // Of three, one is always rejected, so that the others are held against 0.05 / 2, or 0.05 when the other one is rejected too.
    const effect = smallestEffect(PAIRED_SD, 8, 0.05 / 2)!;
    const found = experiments([20 * PAIRED_SD, effect, 0], NO_MARGIN, taken);
    const share = shareOf(found, ({ verdicts }) => verdicts[1] === "worse");
    // The null is rejected in 5 % and then lets the effect pass at 0.05: a point at most.
    expect(share).toBeGreaterThan(0.8 - within(0.8));
    expect(share).toBeLessThan(0.81 + within(0.8));
  });
});
