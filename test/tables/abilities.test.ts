/** Right answers on their way from runs to a table: kept as counts, summed up over seeds, shown beside the loss. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { shareInterval } from "../../src/analysis/answers/share-interval.ts";
import { summarise } from "../../src/analysis/summary.ts";
import type { ExperimentResults } from "../../src/records/experiment.ts";
import type { AnswerResults } from "../../src/records/results.ts";
import { chartsOf } from "../../src/report/charts/plot-experiment.ts";
import { readExperimentFiles, writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { briefTable } from "../../src/tables/brief.ts";
import { lossTable } from "../../src/tables/loss.ts";
import { printTables } from "../../src/tables/print.ts";
import { temporaryFolder } from "../support/folder.ts";
import { example } from "./example.ts";

const IO = { color: false, columns: 80 };

/** Right answers of 100 in two domains of 50, by seed. */
function answersOf(right: number): AnswerResults {
  const split = { sums: { asked: 50, right: right - 10 }, "odd, name": { asked: 50, right: 10 } };
  const samples = {
    ...{ questions: 10, each: 4, right, solved: 9, distinct: [0.25, 0.5, 0.75, null] },
    ...{ selfBleu: right / 100, entropyNats: right / 10, tokens: 5 },
  };
  const choice = { asked: 100, choices: 4, right: 40, rightPerByte: 35 };
  return { validation: split, test: split, choice, samples };
}

/** The example with answers for every finished run: of the baseline 30 of 100, of the others 30 and 4 times their seed. */
function withAnswers(most = Infinity): ExperimentResults {
  const { baseline } = example.record.experiment;
  const runs = example.runs.map((run) => {
    if (run.results === null || run.seed > most) return run;
    const right = run.variant === baseline ? 30 : 30 + 4 * run.seed;
    return { ...run, results: { ...run.results, answers: answersOf(right) } };
  });
  return { ...example, runs };
}

it("come back from runs.csv, and results without any have no such columns", () => {
  const folder = temporaryFolder();
  const results = withAnswers(1);
  writeExperimentFiles(folder, results);
  expect(readExperimentFiles(folder)).toEqual(results);
  const [header = ""] = readFileSync(join(folder, "runs.csv"), "utf8").split("\n");
  expect(header).toContain('validation_sums_asked,validation_sums_right,"validation_odd, name_asked"');
  writeExperimentFiles(folder, example);
  expect(readFileSync(join(folder, "runs.csv"), "utf8")).not.toMatch(/_asked|choice_/);
  expect(existsSync(join(folder, "runs.csv"))).toBe(true);
});

it("are means over seeds, and differences at the same seed, in points", () => {
  const summary = summarise(withAnswers());
  const [baseline, variant] = [
    summary.rows.find(({ role }) => role === "baseline"),
    summary.rows.find(({ role }) => role === "variant"),
  ];
  const seeds = withAnswers().runs.flatMap((run) =>
    run.variant === variant!.variant && run.results ? [run.seed] : [],
  );
  expect(seeds.length).toBeGreaterThan(1);
  const mean = seeds.reduce((sum, seed) => sum + 0.3 + 0.04 * seed, 0) / seeds.length;
  expect(variant!.answers!.test.mean).toBeCloseTo(mean, 12);
  expect(variant!.answers!.testDifference!.mean).toBeCloseTo(mean - 0.3, 12);
  const { chance, testDifference, choice, choicePerByte } = baseline!.answers!;
  expect([chance, testDifference]).toEqual([0.25, null]);
  expect(choice.mean).toBeCloseTo(0.4, 12);
  expect(choicePerByte.mean).toBeCloseTo(0.35, 12);
  const row = lossTable(summary).rows.find(({ cells }) => cells["variant"] === variant!.variant)!;
  expect(row.cells["test_right_percent"]).toBeCloseTo(100 * mean, 10);
  expect(row.cells["test_right_difference_points"]).toBeCloseTo(100 * (mean - 0.3), 10);
  expect(row.cells["choice_chance_percent"]).toBe(25);
});

it("samples are means over seeds and differences at the same seed; without an interval for one", () => {
  const summary = summarise(withAnswers());
  const row = lossTable(summary).rows.find(({ cells }) => cells["role"] === "variant")!;
  const right = 100 * summary.rows.find(({ role }) => role === "variant")!.answers!.test.mean;
  expect(row.cells["samples_right_percent"]).toBeCloseTo((100 * right) / 40, 10);
  expect(row.cells["samples_self_bleu_percent"]).toBeCloseTo(right, 10);
  expect(row.cells["samples_self_bleu_percent_difference"]).toBeCloseTo(right - 30, 10);
  expect(row.cells["samples_entropy_nats_difference"]).toBeCloseTo((right - 30) / 10, 12);
  expect(row.cells["samples_entropy_nats_per_token"]).toBeCloseTo(right / 50, 12);
  expect(row.cells["samples_distinct_3_percent"]).toBe(75);
  expect(row.cells["samples_distinct_4_percent"]).toBeNull();
  const [low, high] = ["low", "high"].map((end) => row.cells[`samples_self_bleu_percent_${end}`] as number);
  expect((low! + high!) / 2).toBeCloseTo(right, 10);
  const one = lossTable(summarise(withAnswers(1))).rows.find(({ cells }) => cells["role"] === "baseline")!;
  expect(["samples_self_bleu_percent", "samples_self_bleu_percent_low"].map((id) => one.cells[id])).toEqual([
    30,
    null,
  ]);
});

it("of before there were samples are read and shown as they were", () => {
  const folder = temporaryFolder();
  const runs = withAnswers().runs.map((run) => {
    if (run.results?.answers === undefined) return run;
    const { validation, test, choice } = run.results.answers;
    return { ...run, results: { ...run.results, answers: { validation, test, choice } } };
  });
  const results = { ...example, runs };
  writeExperimentFiles(folder, results);
  expect(readExperimentFiles(folder)).toEqual(results);
  expect(readFileSync(join(folder, "runs.csv"), "utf8")).not.toContain("samples_");
  const { columns } = lossTable(summarise(results));
  expect(columns.some(({ id }) => id === "test_right_percent")).toBe(true);
  expect(columns.some(({ id }) => id.startsWith("samples_"))).toBe(false);
});

it("of a single seed have the interval of its questions", () => {
  const { rows, alpha } = summarise(withAnswers(1));
  const { low, high } = shareInterval(30, 100, alpha);
  const { answers } = rows.find(({ role }) => role === "baseline")!;
  expect(answers!.test).toEqual({ n: 1, mean: 0.3, sd: null, low, high });
});

it("stand in a panel of their own in the terminal, within 80 columns; without any the table is as it was", () => {
  const printed = printTables([briefTable(summarise(withAnswers()))], "table", IO);
  expect(printed).toMatch(/variant +right, % +more +choices, %/);
  expect(printed).toContain("chance 25 %");
  expect(printed).toMatch(/self-BLEU, +more, +entropy,/);
  expect(Math.max(...printed.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  const plain = summarise(example);
  expect(plain.rows.every(({ answers }) => answers === null)).toBe(true);
  expect(printTables([briefTable(plain)], "table", IO)).not.toMatch(/more right|choices/i);
  expect(lossTable(plain).columns.some(({ id }) => id.startsWith("test_right"))).toBe(false);
});

describe("wrong answers as a metric", () => {
  /** Wrong ones of 100 by seed: of the baseline, and of every other variant. */
  const wrong = (baseline: readonly number[], others: readonly number[]): ExperimentResults => ({
    ...example,
    runs: example.runs.map((run) => {
      if (run.results === null) return run;
      const of = run.variant === example.record.experiment.baseline ? baseline : others;
      const right = 100 - of[run.seed - 1]!;
      const split = { sums: { asked: 100, right } };
      const choice = { asked: 100, choices: 4, right: 40, rightPerByte: 35 };
      return { ...run, results: { ...run.results, answers: { validation: split, test: split, choice } } };
    }),
  });
  const judged = (results: ExperimentResults, margin?: number) =>
    summarise(results, { metric: "test_wrong_share", margin });
  const rowOf = (summary: ReturnType<typeof judged>) =>
    lossTable(summary).rows.find(({ cells }) => cells["variant"] === "attention")!.cells;

  it("is better where it is lower, and differences are points, not percent of the baseline's", () => {
    const summary = summarise(withAnswers(), { metric: "test_wrong_share" });
    expect(summary.rows.find(({ role }) => role === "baseline")!.metric!.mean).toBeCloseTo(0.7, 12);
    const samples = summarise(withAnswers(), { metric: "samples_wrong_share" });
    // 30 right of 40.
    expect(samples.rows.find(({ role }) => role === "baseline")!.metric!.mean).toBeCloseTo(0.25, 12);
    // 4, 8, 12 of 100 fewer are wrong: -8 points, not -8 / 70 = -11.4 %. sd 4; t of 2 degrees of freedom is 4.302653.
    const cells = rowOf(summary);
    expect(cells["difference_points"]).toBeCloseTo(-8, 10);
    expect(cells["difference_points_high"]).toBeCloseTo(-8 + (4.302653 * 4) / Math.sqrt(3), 4);
    expect(cells["difference_percent"]).toBeUndefined();
    const printed = printTables([briefTable(summary), lossTable(summary)], "md", IO);
    expect(printed).toContain("-8.00 points wrong answers on test");
    expect(printed).toContain("difference, points");
    expect(printed).toContain("margin 0.30 points");
    expect(printed).not.toMatch(/percent of the baseline|NaN|Infinity/);
  });

  it("has a difference, a verdict and a margin where the baseline has no wrong answer at all", () => {
    const none = rowOf(judged(wrong([0, 0, 0], [2, 4, 6])));
    expect(none["difference_points"]).toBeCloseTo(4, 10);
    // sd 2: 4 -+ 4.302653 * 2 / sqrt 3.
    expect(none["difference_points_low"]).toBeCloseTo(4 - (4.302653 * 2) / Math.sqrt(3), 4);
    expect(none["smallest_effect_points"]).toBeGreaterThan(0);
    // Nobody is ever wrong: no difference, within any margin.
    const never = rowOf(judged(wrong([0, 0, 0], [0, 0, 0]), 0.01));
    expect([never["difference_points"], never["p"], never["verdict"]]).toEqual([0, 1, "equivalent"]);
    // 1 % is a point: t = (1 - 0.1) / (0.1 / sqrt 3) = 15.6 against either side with 2 degrees of freedom, p = 0.002.
    const close = judged(wrong([1, 1, 1], [1, 1.1, 1.2]), 0.01).rows.find(
      ({ variant }) => variant === "attention",
    )!.comparison!;
    expect(close.equivalenceP).toBeCloseTo(0.00204, 4);
  });

  it("a loss of exactly nothing has no percentage: cells are empty, and sentences say the difference itself", () => {
    const results: ExperimentResults = {
      ...example,
      runs: example.runs.map((run) => {
        if (run.results === null) return run;
        const isBaseline = run.variant === example.record.experiment.baseline;
        return { ...run, results: { ...run.results, validationLossNats: isBaseline ? 0 : 0.01 * run.seed } };
      }),
    };
    const summary = summarise(results);
    const cells = rowOf(summary);
    expect(cells["difference_percent"]).toBeNull();
    expect(cells["difference_nats"]).toBeCloseTo(0.02, 12);
    expect(cells["p"]).toBeGreaterThan(0);
    expect(cells["smallest_effect_percent"]).toBeNull();
    const printed = printTables([lossTable(summary), briefTable(summary)], "md", IO);
    expect(printed).toContain("+0.0200 nats/token validation loss");
    expect(printed).toContain("which is 0: no percentage");
    expect(printed).not.toMatch(/NaN|Infinity/);
    for (const chart of chartsOf(results, summary))
      expect(inspect(chart, { depth: null, maxArrayLength: null })).not.toMatch(/NaN|Infinity/);
  });
});
