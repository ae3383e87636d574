/** What objectives report, and what their losses are of, on the way from runs to tables. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { meanInterval } from "../../src/analysis/paired-t.ts";
import { summarise } from "../../src/analysis/summary.ts";
import { lossUnits } from "../../src/config/stages/loss-units.ts";
import type { Settings } from "../../src/config/settings.ts";
import type { ExperimentResults } from "../../src/records/experiment.ts";
import { runHistories } from "../../src/store/curve-files/history.ts";
import { readExperimentFiles, writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { briefTable } from "../../src/tables/brief.ts";
import { lossTable } from "../../src/tables/loss.ts";
import { printTables } from "../../src/tables/print.ts";
import { temporaryFolder } from "../support/folder.ts";
import { example } from "./example.ts";

const IO = { color: false, columns: 80 };
const DPO = { name: "dpo", options: { beta: 0.1 } } as const;

/** The example as runs of an objective; what a variant's runs report by seed, nothing where it is none of these. */
function learned(
  objective: Settings["objective"],
  reported: Readonly<Record<string, (seed: number) => Readonly<Record<string, number>>>>,
): ExperimentResults {
  const { record } = example;
  const { experiment } = record;
  const variants = experiment.variants.map((variant) => ({
    ...variant,
    settings: { ...variant.settings, objective },
  }));
  const runs = example.runs.map((run) => {
    const of = reported[run.variant];
    if (run.results === null || of === undefined) return run;
    return { ...run, results: { ...run.results, objective: of(run.seed) } };
  });
  return { ...example, record: { ...record, experiment: { ...experiment, variants } }, runs };
}

/** Reward accuracy of the baseline 0.6 at every seed, of the attention router 0.6 and 0.05 times the seed; the frozen one reports none. */
const preferences = learned(DPO, {
  linear: () => ({ preference_loss: 0.5, reward_accuracy: 0.6, reward_margin: 0.25 }),
  attention: (seed) => ({ preference_loss: 0.4, reward_accuracy: 0.6 + 0.05 * seed, reward_margin: 0.5 }),
});

const cellsOf = (results: ExperimentResults, variant: string): Record<string, unknown> =>
  lossTable(summarise(results)).rows.find(({ cells }) => cells["variant"] === variant)!.cells;

it("reward accuracy is a mean over seeds with its t-interval, and a difference at the same seed in points", () => {
  // Seeds 1, 2, 3: 65, 70, 75 %. Mean 70, sd 5; t of 2 degrees of freedom at 97.5 % is 4.302653, so half an interval is 4.302653 * 5 / sqrt 3.
  const cells = cellsOf(preferences, "attention");
  const half = (4.302653 * 5) / Math.sqrt(3);
  expect(cells["objective_reward_accuracy_percent"]).toBeCloseTo(70, 10);
  expect(cells["objective_reward_accuracy_percent_low"]).toBeCloseTo(70 - half, 4);
  expect(cells["objective_reward_accuracy_percent_high"]).toBeCloseTo(70 + half, 4);
  expect(cells["objective_reward_accuracy_percent_difference"]).toBeCloseTo(10, 10);
  expect(cells["objective_reward_accuracy_percent_difference_low"]).toBeCloseTo(10 - half, 4);
  expect(cells["objective_reward_margin"]).toBe(0.5);
  expect(cells["objective_preference_loss"]).toBeCloseTo(0.4, 12);
  expect(cellsOf(preferences, "linear")["objective_reward_accuracy_percent_difference"]).toBeNull();
  expect(cellsOf(preferences, "frozen")["objective_reward_accuracy_percent"]).toBeUndefined();
});

it("a single seed has no interval and no difference", () => {
  const one = { ...preferences, runs: preferences.runs.filter(({ seed }) => seed === 2) };
  const { reports } = summarise(one).rows.find(({ variant }) => variant === "attention")!;
  expect(reports["reward_accuracy"]).toEqual({ mean: meanInterval([0.7], 0.05), difference: null });
  expect(reports["reward_accuracy"]!.mean.low).toBeNull();
});

it("stands in a panel of its own within 80 columns, with what chance is; where nothing is reported nothing changes", () => {
  const printed = printTables([briefTable(summarise(preferences))], "table", IO);
  expect(printed).toMatch(/variant +right +more, +margin +loss,/);
  expect(printed).toMatch(/Attention +70\.0 ±12\.4 +\+10\.0 ±12\.4 +0\.500 ±0\.000 +0\.4000 ±0\.0000/);
  expect(printed).toContain("chance 50 %");
  expect(Math.max(...printed.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  // A baseline that reports nothing leaves no column of differences in print.
  const alone = lossTable(summarise(learned(DPO, { attention: () => ({ reward_accuracy: 0.5 }) })));
  const difference = alone.columns.find(({ id }) => id === "objective_reward_accuracy_percent_difference")!;
  expect(difference.place).toBe("data");
  const plain = lossTable(summarise(example));
  expect(plain.columns.some(({ id }) => id.startsWith("objective_"))).toBe(false);
  expect(plain.notes.join()).not.toMatch(/Right pairs|TD term/);
});

it("a number that nobody knows how to print is in the data, under its own name", () => {
  const results = learned(DPO, { linear: () => ({ surprise: 2, td_square: 1.5 }) });
  const { columns } = lossTable(summarise(results));
  expect(columns.find(({ id }) => id === "objective_surprise")!.place).toBe("data");
  expect(columns.find(({ id }) => id === "objective_td_square")!.place).toBe("both");
  expect(cellsOf(results, "linear")["objective_surprise"]).toBe(2);
});

it("losses of answers say so wherever they have a unit, and come back from their files", () => {
  expect(lossUnits({ objective: { name: "pretrain", options: {} } })).toEqual({
    ...{ nats: "nats/token", bits: "bits/byte" },
  });
  const folder = temporaryFolder();
  writeExperimentFiles(folder, preferences);
  expect(readFileSync(join(folder, "runs.csv"), "utf8")).toContain("objective_reward_accuracy");
  const stored = readExperimentFiles(folder);
  const summary = summarise(stored);
  expect(summary.metric.unit).toBe("nats/answer token");
  expect(summarise(stored, { metric: "validation_bits_per_byte" }).metric.unit).toBe("bits/answer byte");
  expect(summarise(stored, { metric: "domain_fiction_loss_nats" }).metric.unit).toBe("nats/answer token");
  const units = runHistories(stored)[0]!.rows.map(({ metric, unit }) => [metric, unit]);
  expect(Object.fromEntries(units)).toMatchObject({
    final_validation_loss: "nats/answer token",
    final_validation_bits_per_byte: "bits/answer byte",
    final_max_load_share: "share of assignments",
    final_objective_reward_accuracy: "",
  });
  const printed = printTables([lossTable(summary)], "md", IO);
  expect(printed).toContain("validation loss, nats/answer token");
  expect(printed).toContain("bits, per answer byte");
  expect(printTables([lossTable(summarise(example))], "md", IO)).not.toContain("answer");
});
