import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Experiment } from "../../src/config/settings.ts";
import { collectResults, thinCurve } from "../../src/store/collect.ts";
import { runIdOf, runNameOf } from "../../src/store/identity.ts";
import { NUMERICS } from "../../src/store/numerics.ts";
import { readRun } from "../../src/store/read-run.ts";
import type { ExperimentResults } from "../../src/records/experiment.ts";
import { openRun } from "../../src/store/write-run.ts";
import { temporaryFolder } from "../support/folder.ts";
import { PROVENANCE, finalResults, metricRow, planOf, settingsOf } from "../support/runs.ts";

const SETTINGS = settingsOf();
const mine = {
  name: "mine",
  weight: 1,
  validationWeight: null,
  task: null,
  corpus: null,
  files: ["/home/someone/text"],
};
const EXPERIMENT: Experiment = {
  ...{
    name: "e",
    title: "E",
    paper: "",
    tier: "",
    seeds: [1, 2, 3],
    baseline: "base",
    metric: "validation_loss_nats",
  },
  controls: { floor: null, dense: null },
  margin: 0.01,
  variants: [
    {
      ...{ name: "base", label: "Base", varies: [] },
      settings: {
        ...SETTINGS,
        router: { name: "/home/someone/router.js", options: {} },
        data: { ...SETTINGS.data, domains: [mine] },
      },
    },
  ],
};
const { cost } = planOf();
const FACTS = {
  base: { routerName: "linear", cost, causal: true, solved: { std: 2 }, trainTokensPerSecond: 100 },
};

describe("results from run folders", () => {
  const collect = (seeds: readonly number[], runs: string): ExperimentResults => {
    const asked = seeds.map((seed) => {
      const { identity } = planOf(seed);
      const runName = runNameOf(identity);
      const known = readRun(join(runs, runName));
      return { variant: "base", seed, runId: runIdOf(identity), runName, known };
    });
    return collectResults({ experiment: EXPERIMENT, facts: FACTS, asked }, runs);
  };

  test("finished runs bring numbers, others only their status", () => {
    const runs = temporaryFolder();
    for (const seed of [1, 2, 3]) {
      const opened = openRun(runs, planOf(seed), PROVENANCE);
      if (opened.kind !== "open") throw new Error(opened.kind);
      opened.run.appendMetrics(metricRow(1));
      opened.run.appendMetrics(metricRow(2, 1 + seed));
      if (seed === 3) opened.run.end({ status: "failed", failure: "NaN. Try less." });
      else {
        opened.run.end({
          ...{ status: "finished", stepsDone: 2, results: finalResults(1 + seed) },
          load: [[seed / 4, 1 - seed / 4]],
          expertsPerToken: [seed, 4],
          matrices: [{ name: "correlation", layer: 0, values: [[seed, 0]] }],
        });
      }
    }
    const results = collect([1, 2, 3, 4], runs);
    const tag = "compiled/1t/tfjs@4.22.0";
    expect(
      results.runs.map(({ seed, status, provenance, results: numbers }) => [
        ...[seed, status, provenance, numbers?.validationLossNats ?? null],
      ]),
    ).toEqual([
      [1, "finished", tag, 2],
      [2, "finished", tag, 3],
      [3, "failed", tag, null],
      [4, "missing", null, null],
    ]);
    expect(
      results.curves.map(({ seed, step, validationLossNats }) => [seed, step, validationLossNats]),
    ).toEqual([
      ...[
        [1, 1, null],
        [1, 2, 2],
        [2, 1, null],
        [2, 2, 3],
      ],
    ]);
    expect(results.load.filter(({ seed }) => seed === 1)).toEqual([
      { variant: "base", seed: 1, layer: 0, expert: 0, share: 0.25 },
      { variant: "base", seed: 1, layer: 0, expert: 1, share: 0.75 },
    ]);
    // The first seed's: experts of different seeds do not correspond.
    expect(results.matrices).toEqual([{ variant: "base", name: "correlation", layer: 0, values: [[1, 0]] }]);
    expect(results.record.variants["base"]).toEqual({
      cost,
      expertsPerToken: [1.5, 4], // of the finished seeds 1 and 2
      causal: true,
      solved: { std: 2 },
      trainTokensPerSecond: 100,
    });
  });

  test("the first seed's routing, thinned to at most 20 evaluations with the last one, by tokens", () => {
    const runs = temporaryFolder();
    for (const seed of [1, 2]) {
      const opened = openRun(runs, planOf(seed), PROVENANCE);
      if (opened.kind !== "open") throw new Error(opened.kind);
      opened.run.appendMetrics(metricRow(45, 2));
      for (let step = 1; step <= 45; step++) opened.run.appendRouting(step, [[step / 100, 1 - step / 100]]);
      opened.run.end({
        ...{ status: "finished", stepsDone: 45, results: finalResults(2) },
        ...{ load: [[0.45, 0.55]], matrices: [] },
      });
    }
    const { routing = [] } = collect([1, 2], runs);
    // Every third of 45: 3, 6, .. 45.
    expect([...new Set(routing.map(({ step }) => step))]).toEqual(
      Array.from({ length: 15 }, (_, index) => 3 * (index + 1)),
    );
    const { batchSequences, sequenceLength } = SETTINGS.data;
    expect(routing.slice(-2)).toEqual([
      ...[0.45, 0.55].map((share, expert) => ({
        ...{ variant: "base", seed: 1, step: 45, tokens: 45 * batchSequences * sequenceLength },
        ...{ layer: 0, expert, share },
      })),
    ]);
  });

  test("no path of the machine is in the record", () => {
    const { record } = collect([], join(temporaryFolder(), "none"));
    expect(JSON.stringify(record)).not.toContain("someone");
    expect(record.experiment.variants[0]?.settings.router.name).toBe("linear");
    expect(record.numerics).toBe(NUMERICS);
  });
});

describe("curves are thinned", () => {
  test("short ones not at all", () => {
    const rows = [metricRow(1), metricRow(2, 4), metricRow(3)];
    expect(
      thinCurve(rows).map((point) => [point.step, point.trainLossNats, point.validationLossNats]),
    ).toEqual([...rows.map((row) => [row.step, row.trainLossNats, row.validationLossNats])]);
    expect(thinCurve([])).toEqual([]);
  });

  test("long ones to means between points, keeping the evaluations and the last step", () => {
    // 1000 steps, stride 10; losses equal to the step, so that the mean of steps 1 to 10 is 5.5.
    const rows = Array.from({ length: 1000 }, (_, index) => {
      const step = index + 1;
      return { ...metricRow(step, step % 250 === 3 ? 9 : null), trainLossNats: step };
    });
    const points = thinCurve(rows);
    // Step 3 is an evaluation: mean of 1, 2, 3; then step 10: mean of 4 to 10.
    expect(
      points.slice(0, 3).map((point) => [point.step, point.trainLossNats, point.validationLossNats]),
    ).toEqual([
      [3, 2, 9],
      [10, 7, null],
      [20, 15.5, null],
    ]);
    expect(points.at(-1)?.step).toBe(1000);
    expect(points.filter((point) => point.validationLossNats !== null)).toHaveLength(4);
    expect(points).toHaveLength(104);
  });
});
