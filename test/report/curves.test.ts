import { describe, expect, it } from "vitest";
import { summarise } from "../../src/analysis/summary.ts";
import { differenceCurves, lossCurves } from "../../src/report/charts/curves.ts";
import { readExperimentFiles } from "../../src/store/experiment-files.ts";
import type { CurveRow, ExperimentResults } from "../../src/records/experiment.ts";
import { ELEVEN, madeUpResults } from "./fixture.ts";

const row = (variant: string, seed: number, tokens: number, loss: number | null): CurveRow => {
  return { variant, seed, step: tokens, tokens, trainLossNats: null, validationLossNats: loss };
};

/** Two variants and two finished seeds, with curves written by hand. */
function withCurves(curves: readonly CurveRow[]): ExperimentResults {
  return { ...madeUpResults(ELEVEN.slice(0, 2), [0, 1]), curves };
}

describe("lossCurves", () => {
  it("takes the mean and the range over seeds, in the order of tokens", () => {
    const results = withCurves([
      row("linear", 0, 200, 1),
      row("linear", 1, 200, 1.5),
      row("linear", 0, 100, 2),
      row("linear", 1, 100, 4),
    ]);
    expect(lossCurves(results, "validation")).toEqual([
      {
        variant: "linear",
        points: [
          { tokens: 100, mean: 3, low: 2, high: 4 },
          { tokens: 200, mean: 1.25, low: 1, high: 1.5 },
        ],
      },
    ]);
  });

  it("leaves out points that a seed lacks, steps without an evaluation, and unfinished runs", () => {
    const curves = [
      row("linear", 0, 100, 2),
      row("linear", 1, 100, null),
      row("linear", 0, 200, 1),
      row("linear", 1, 200, 3),
      row("linear", 2, 200, 9),
    ];
    const results = withCurves(curves);
    const tokens = lossCurves(results, "validation").flatMap(({ points }) =>
      points.map((point) => point.tokens),
    );
    expect(tokens).toEqual([200]);
    const interrupted = {
      ...results,
      runs: results.runs.map((run) => (run.seed === 1 ? { ...run, status: "interrupted" as const } : run)),
    };
    // With seed 1 interrupted, seed 0 stands alone.
    expect(lossCurves(interrupted, "validation")[0]?.points).toEqual([
      { tokens: 100, mean: 2, low: 2, high: 2 },
      { tokens: 200, mean: 1, low: 1, high: 1 },
    ]);
  });
});

describe("lossCurves of stages", () => {
  /** Where each variant's curve ends. */
  const ends = (name: string): Record<string, number | undefined> => {
    const curves = lossCurves(readExperimentFiles(`results/${name}`), "validation");
    return Object.fromEntries(curves.map(({ variant, points }) => [variant, points.at(-1)?.tokens]));
  };
  const [SFT, DPO, PRETRAINED] = [3200 * 1024, 200 * 1024, 1600 * 1024];

  it("a later stage stands behind the one before", () => {
    expect(ends("dpo")).toMatchObject({ sft: SFT, "rate-2e-4": SFT + DPO, "rate-5e-5-beta-1": SFT + DPO });
  });

  it("another objective from the same parent, and another start of the same training, do not", () => {
    expect(new Set(Object.values(ends("td-mle")))).toEqual(new Set([SFT]));
    expect(ends("olmoe-upcycling")).toMatchObject({ linear: PRETRAINED, upcycled: PRETRAINED });
  });
});

describe("differenceCurves", () => {
  it("is paired by seed, in percent of the baseline's mean, with the t-interval", () => {
    const results = withCurves([
      row("linear", 0, 100, 1.9),
      row("linear", 1, 100, 2.1),
      row("shared-expert", 0, 100, 1.92),
      row("shared-expert", 1, 100, 2.16),
    ]);
    // Differences 0.02 and 0.06 of a mean of 2: 1 % and 3 %. Mean 2, sd sqrt(2), half-width t(0.975, 1) * sd / sqrt(2) = 12.7062.
    const [curve, ...others] = differenceCurves(results, summarise(results));
    expect(others).toEqual([]);
    expect(curve?.variant).toBe("shared-expert");
    expect(curve?.points).toHaveLength(1);
    expect(curve?.points[0]?.mean).toBeCloseTo(2, 10);
    expect(curve?.points[0]?.low).toBeCloseTo(2 - 12.7062, 4);
    expect(curve?.points[0]?.high).toBeCloseTo(2 + 12.7062, 4);
  });
});
