/** Samples at several temperatures, compared where the baseline has the same entropy: by hand. */
import { describe, expect, it } from "vitest";
import {
  atEntropy,
  matchEntropy,
  temperaturesOverSeeds,
  type SampledRow,
} from "../../../src/analysis/answers/equal-entropy.ts";

describe("a measure at an entropy", () => {
  const points = [
    { entropyNats: 1, value: 0.5 },
    { entropyNats: 3, value: 0.4 },
    { entropyNats: 4, value: 0.1 },
  ];

  it("lies on the line between neighbouring temperatures", () => {
    // Three quarters of the way from 1 to 3, and half of it from 3 to 4.
    expect(atEntropy(points, 2.5)).toBeCloseTo(0.5 - 0.75 * 0.1, 12);
    expect(atEntropy(points, 3.5)).toBeCloseTo(0.25, 12);
    expect([1, 3, 4].map((entropy) => atEntropy(points, entropy))).toEqual([0.5, 0.4, 0.1]);
  });

  it("is none beyond what was measured, nor of nothing", () => {
    expect([0.99, 4.01, Infinity, NaN].map((entropy) => atEntropy(points, entropy))).toEqual([
      ...[null, null, null, null],
    ]);
    expect(atEntropy([], 1)).toBeNull();
    expect(atEntropy(points.slice(0, 1), 1.5)).toBeNull();
  });

  it("is the coolest where entropy falls on the way, as it can by chance", () => {
    const bent = [...points.slice(0, 2), { entropyNats: 2, value: 0.2 }, { entropyNats: 5, value: 0 }];
    expect(atEntropy(bent, 2.5)).toBeCloseTo(0.425, 12);
    // Only behind the bend: two thirds of the way from 2 to 5.
    expect(atEntropy(bent, 4)).toBeCloseTo(0.2 / 3, 12);
    const level = [points[0]!, points[0]!, points[1]!];
    expect([1, 2].map((entropy) => atEntropy(level, entropy))).toEqual([0.5, 0.45]);
  });
});

/** 10 questions of 10 samples: right ones in percent. */
function row(
  variant: string,
  seed: number,
  temperature: number,
  [entropyNats, right, selfBleu]: readonly [number, number, number],
): SampledRow {
  const samples = { questions: 10, each: 10, right, solved: 5, selfBleu, entropyNats, tokens: 2 };
  const of = { variant, seed, temperature, step: 10, trained: 640 };
  return { ...of, samples: { ...samples, distinct: [0.5, 0.75, null, null] }, questions: "same" };
}

// The hotter one first: the order of rows says nothing.
const base = [
  ...[row("base", 1, 1, [3, 40, 0.6]), row("base", 1, 0.5, [1, 60, 0.8])],
  ...[row("base", 2, 1, [4, 30, 0.5]), row("base", 2, 0.5, [2, 50, 0.9])],
];
const td = [row("td", 1, 1, [2.5, 50, 0.7]), row("td", 2, 1, [2.5, 46, 0.7])];
const baselineOf = (): string => "base";

describe("samples at equal entropy", () => {
  it("are compared with the baseline's of the same seed, and averaged over seeds", () => {
    const matched = matchEntropy([...td, ...base], baselineOf);
    // Seed 1: 60 to 40 and 0.8 to 0.6 by three quarters; seed 2: 50 to 30 and 0.9 to 0.5 by a quarter.
    expect(matched[0]!.matched.right).toBeCloseTo(0.45, 12);
    expect(matched[0]!.matched.selfBleu).toBeCloseTo(0.65, 12);
    expect(matched[1]!.matched.right).toBeCloseTo(0.45, 12);
    expect(matched[1]!.matched.selfBleu).toBeCloseTo(0.8, 12);
    const summary = temperaturesOverSeeds(matched);
    expect(summary.map(({ variant, temperature }) => [variant, temperature])).toEqual([
      ...[
        ["td", 1],
        ["base", 0.5],
        ["base", 1],
      ],
    ]);
    const [own] = summary;
    expect(own).toMatchObject({ baseline: "base", step: 10, trained: 640, paired: 2, inRange: 2 });
    // t of one degree of freedom at 97.5 % is 12.7062; a standard error of two numbers is half of what is between them.
    const half = 12.7062 * 0.02;
    expect(own!.means.right).toMatchObject({ n: 2, mean: expect.closeTo(0.48, 12) as number });
    expect(own!.means.right!.high).toBeCloseTo(0.48 + half, 5);
    expect(own!.means.distinct3).toBeNull();
    const { right, selfBleu } = own!.matched;
    // 50 - 45 and 46 - 45 points: 3 on average.
    expect([right.baseline!.mean, right.difference!.mean]).toEqual(
      [0.45, 0.03].map((n) => expect.closeTo(n, 12) as number),
    );
    expect(right.difference!.high).toBeCloseTo(0.03 + half, 5);
    expect(right.difference!.low).toBeCloseTo(0.03 - half, 5);
    // 0.7 - 0.65 and 0.7 - 0.8.
    expect(selfBleu.difference!.mean).toBeCloseTo(-0.025, 12);
    // Nobody is compared with itself.
    expect(summary[2]).toMatchObject({
      paired: 0,
      inRange: 0,
      matched: { right: { baseline: null, difference: null } },
    });
  });

  it("leave out a seed whose entropy the baseline has not, and say how many there are", () => {
    const hot = [td[0]!, row("td", 2, 1, [4.5, 46, 0.7])];
    const [own] = temperaturesOverSeeds(matchEntropy([...hot, ...base], baselineOf));
    expect(own).toMatchObject({ paired: 2, inRange: 1, matched: { right: { difference: null } } });
    expect(own!.matched.right.baseline).toMatchObject({ n: 1, low: null, high: null });
    expect(own!.matched.right.baseline!.mean).toBeCloseTo(0.45, 12);
  });

  it("are none where other questions were asked, or the baseline is not there", () => {
    const others = base.map((one) => ({ ...one, questions: "others" }));
    for (const rows of [[...td, ...others], td]) {
      const [own] = matchEntropy(rows, baselineOf);
      expect(own).toMatchObject({ isPaired: false, matched: { right: null, selfBleu: null } });
    }
  });
});
