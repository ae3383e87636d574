import { describe, expect, it } from "vitest";
import { judge, testPairs, type Pair } from "../../src/analysis/comparison.ts";
import { crossingProbability } from "../../src/analysis/crossing.ts";
import { evenSteps, extendSeeds, planLooks, takeLook } from "../../src/analysis/look-plan.ts";
import { looksOf, looksOfProcedure, oneLook, stricterLooks } from "../../src/analysis/looks.ts";
import { pairedT } from "../../src/analysis/paired-t.ts";
import { summarise } from "../../src/analysis/summary.ts";
import type { LooksRecord, Procedure } from "../../src/records/looks.ts";
import { example } from "../tables/example.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const plan = (looks: number, most: number): Procedure => planLooks("q", evenSteps([1], looks, most));
const sizes = ({ looks }: Procedure): number[] => looks.map(({ seeds }) => seeds.length);
const levels = ({ looks }: Procedure): (number | null)[] => looks.map(({ level }) => level);

describe("plans", () => {
  it("seeds go on after the largest; even steps round", () => {
    expect(extendSeeds([3, 11], 4)).toEqual([3, 11, 12, 13]);
    expect(extendSeeds([3, 11], 1)).toEqual([3, 11]);
    expect(evenSteps([1, 2, 3], 4, 10).map((seeds) => seeds.length)).toEqual([3, 5, 8, 10]);
    expect(evenSteps([7, 5], 2, 4)).toEqual([
      [7, 5],
      [7, 5, 8, 9],
    ]);
  });
  it("one look has all of alpha", () => {
    expect(levels(plan(1, 8))).toEqual([0.05]);
  });
  it("each of four looks costs a quarter: all together cross with 1.25, 2.5, 3.75, 5 %", () => {
    const made = plan(4, 32);
    expect(sizes(made)).toEqual([8, 16, 24, 32]);
    for (let look = 1; look <= 4; look++) {
      const found = crossingProbability(sizes(made).slice(0, look), levels(made).slice(0, look) as number[]);
      expect(found).toBeCloseTo(0.0125 * look, 6);
    }
    // Later looks see again what was seen, so they may be softer; none is as soft as all of alpha.
    const [a, b, c, d] = levels(made) as [number, number, number, number];
    expect(a).toBe(0.0125);
    expect([b > a, c > b, d > c, d < 0.05]).toEqual([true, true, true, true]);
  });
});

describe("looks taken", () => {
  it("a planned one, and one at seeds that have all been seen", () => {
    const first = takeLook(plan(4, 32), upTo(8));
    expect(first).toMatchObject({ taken: 1 });
    expect(takeLook(first, upTo(8))).toBe(first);
    expect(takeLook(first, upTo(5))).toBe(first);
    expect(takeLook(first, upTo(16)).taken).toBe(2);
    expect(levels(takeLook(first, upTo(16)))).toEqual(levels(first));
  });
  it("by hand: in place of the next planned one, for the same share of alpha", () => {
    const made = takeLook(takeLook(plan(4, 32), upTo(8)), upTo(12));
    expect(sizes(made)).toEqual([8, 12, 24, 32]);
    expect(made.looks.map(({ byHand }) => byHand)).toEqual([false, true, false, false]);
    expect(crossingProbability([8, 12], levels(made).slice(0, 2) as number[])).toBeCloseTo(0.025, 6);
    expect(crossingProbability(sizes(made), levels(made) as number[])).toBeCloseTo(0.05, 6);
  });
  it("by hand beyond the plan's next ones: those move on", () => {
    const made = takeLook(takeLook(plan(3, 24), upTo(8)), upTo(30));
    expect(sizes(made)).toEqual([8, 30, 38]);
    expect(crossingProbability(sizes(made), levels(made) as number[])).toBeCloseTo(0.05, 6);
  });
  it("when all of alpha is used, a look has no level, however many follow", () => {
    const made = takeLook(takeLook(takeLook(plan(1, 8), upTo(8)), upTo(12)), upTo(20));
    expect(made).toMatchObject({ taken: 3 });
    expect(levels(made)).toEqual([0.05, null, null]);
    const looks = looksOfProcedure(made);
    expect([looks.taken, looks.planned, looks.paid.length, looks.nextSeeds]).toEqual([3, 1, 1, null]);
  });
});

describe("p over all looks", () => {
  const procedure = plan(4, 32);
  const looks = looksOfProcedure({ ...procedure, taken: 2 });
  const weights = (levels(procedure) as number[]).map((level) => level / 0.0125);
  it("is the chance of crossing at levels in the plan's proportions", () => {
    expect(looks.adjust(0.0125)).toBe(0.05);
    const exact = (smallest: number): number =>
      crossingProbability(
        sizes(procedure),
        weights.map((weight) => weight * smallest),
      );
    for (const smallest of [3e-4, 0.004, 0.0126, 0.06]) {
      expect(Math.abs(looks.adjust(smallest) / exact(smallest) - 1)).toBeLessThan(1e-3);
    }
    // Far out it is never below what is right: at most the sum of the looks' levels.
    const sum = weights.reduce((total, weight) => total + weight, 0);
    for (const smallest of [1e-12, 1e-7, 1e-5]) {
      expect(looks.adjust(smallest) / smallest).toBeLessThanOrEqual(sum * (1 + 1e-12));
      expect(looks.adjust(smallest) / smallest).toBeGreaterThan(0.95 * sum);
    }
    expect(looks.adjust(1)).toBe(1);
  });
  it("grows with what it adjusts", () => {
    const found = Array.from({ length: 400 }, (_, i) => looks.adjust(10 ** (-9 + i / 45)));
    expect(found.every((p, i) => i === 0 || p >= found[i - 1]!)).toBe(true);
  });
  it("has a level at each look for any alpha: p at it is alpha over all looks", () => {
    expect(looks.levelAt(0, 0.05)).toBe(0.0125);
    expect(looks.levelAt(1, 0.05)).toBe(procedure.looks[1]!.level);
    const strict = looks.levelAt(0, 0.01);
    expect(looks.adjust(strict)).toBeCloseTo(0.01, 9);
    expect(looks.levelAt(2, 0.01) / strict).toBeCloseTo(weights[2]!, 9);
  });
  it("is p itself when one look was planned", () => {
    expect(oneLook().adjust(0.031)).toBe(0.031);
    expect(looksOfProcedure(takeLook(plan(1, 8), upTo(8))).adjust(0.031)).toBe(0.031);
    expect(oneLook().levelAt(0, 0.0125)).toBe(0.0125);
  });
});

/** Pairs with these differences from a baseline of 1 at seeds 1, 2, ... */
const pairsOf = (differences: readonly number[]): Pair[] =>
  differences.map((difference, i) => ({ seed: i + 1, variant: 1 + difference, baseline: 1 }));

describe("tests over looks", () => {
  const differences = [0.012, 0.009, 0.011, 0.01, -0.02, 0.03, -0.01, 0.005];
  const procedure = plan(2, 8);
  const taken = (count: number) => looksOfProcedure({ ...procedure, taken: count });
  it("a small p at an early look stays, and so does its side", () => {
    const early = testPairs(pairsOf(differences.slice(0, 4)), 0.001, taken(1));
    expect(early.looksP).toBeLessThan(0.01);
    const late = testPairs(pairsOf(differences), 0.001, taken(2));
    expect(late.test!.p).toBeGreaterThan(0.05);
    expect(late.looksP).toBe(early.looksP);
    expect(late.side).toBeCloseTo(0.0105, 12);
    expect(late.look).toBe(1);
  });
  it("the interval is that of the last look that brought pairs, at its level", () => {
    const level = procedure.looks[1]!.level!;
    const late = testPairs(pairsOf(differences), 0.001, taken(2));
    expect(late.test).toEqual(
      pairedT(
        pairsOf(differences).map(({ variant }) => variant - 1),
        level,
      ),
    );
    const stopped = testPairs(pairsOf(differences.slice(0, 4)), 0.001, taken(2));
    expect(stopped).toMatchObject({ look: 0, level: 0.025 });
    // The same data at the second look's softer level would be more than was paid for.
    expect(stopped.looksP).toBe(testPairs(pairsOf(differences.slice(0, 4)), 0.001, taken(1)).looksP);
  });
  it("seeds that no look has paid for are shown, but judged by those that were", () => {
    const spent = looksOfProcedure(takeLook(takeLook(plan(1, 4), upTo(4)), upTo(8)));
    const found = testPairs(pairsOf(differences), 0.001, spent);
    expect(found.test!.n).toBe(8);
    expect(found.looksP).toBeCloseTo(pairedT(differences.slice(0, 4), 0.05)!.p, 12);
  });
  it("equivalence is paid for alike", () => {
    const found = testPairs(pairsOf(differences.slice(0, 4)), 0.1, taken(1));
    expect(found.equivalenceLooksP).toBeGreaterThan(found.equivalenceP!);
    expect(found.equivalenceLooksP).toBeCloseTo(taken(1).adjust(found.equivalenceP!), 15);
  });
  it("one pair is no evidence, and a family with one such judges the others", () => {
    const one = testPairs(pairsOf([0.1]), 0.001, oneLook());
    expect(one).toMatchObject({ test: null, look: null, looksP: null });
    const judged = judge([one, testPairs(pairsOf([0.1, 0.1, 0.1]), 0.001, oneLook()), null], 0.05);
    expect(judged.map((each) => each?.verdict)).toEqual([null, "worse", undefined]);
    expect(judged[1]!.holmLevel).toBe(0.05);
  });
});

describe("stored results with looks", () => {
  const recordOf = (procedure: Procedure): LooksRecord => ({
    format: 1,
    current: 0,
    procedures: [procedure],
  });
  const looks = recordOf(takeLook(plan(3, 9), upTo(3)));
  it("have intervals and p-values that pay for them, and rows that were not asked for more than they have", () => {
    const summary = summarise({ ...example, looks });
    expect(summary.looks).toMatchObject({ taken: 1, planned: 3 });
    const attention = summary.rows.find(({ variant }) => variant === "attention")!;
    const plain = summarise(example).rows.find(({ variant }) => variant === "attention")!;
    expect(attention.comparison!.level).toBeCloseTo(0.05 / 3, 12);
    expect(attention.comparison!.test!.p).toBe(plain.comparison!.test!.p);
    expect(attention.comparison!.test!.high).toBeGreaterThan(plain.comparison!.test!.high);
    expect(attention.comparison!.looksP).toBeGreaterThan(attention.comparison!.test!.p);
    expect(attention.comparison!.smallestEffectShare).toBeGreaterThan(plain.comparison!.smallestEffectShare!);
    expect(attention.metric!.high).toBeGreaterThan(plain.metric!.high!);
    const stopped = {
      ...example,
      looks,
      runs: example.runs.filter((run) => run.variant !== "dense" || run.seed < 3),
    };
    expect(summarise(stopped).rows.find(({ variant }) => variant === "dense")!.seedsAsked).toBe(2);
  });
  it("of no procedure, or made before there was a record, were looked at once", () => {
    expect(looksOf(undefined)).toMatchObject({ taken: 1, planned: 1, alpha: 0.05 });
    expect(looksOf({ ...looks, current: null })).toMatchObject({ taken: 1, planned: 1 });
  });
  it("count procedures at the same question before them", () => {
    const again = { ...planLooks("q", [[10, 11]]), taken: 1 };
    const other = planLooks("another", [[1, 2]]);
    const record: LooksRecord = { format: 1, current: 2, procedures: [looks.procedures[0]!, other, again] };
    expect(looksOf(record).earlier).toBe(1);
  });
  it("in one table: the record that plans more looks; none where all had a single one", () => {
    const single = recordOf(takeLook(plan(1, 3), upTo(3)));
    expect(stricterLooks(single, undefined)).toBeUndefined();
    expect(stricterLooks(single, looks)).toBe(looks);
    expect(stricterLooks(looks, undefined)).toBe(looks);
    const spent = recordOf(takeLook(takeLook(plan(1, 3), upTo(3)), upTo(5)));
    expect(stricterLooks(single, spent)).toBe(spent);
  });
});
