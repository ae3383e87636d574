/** `analyze --temperatures`: what is refused, files and table, from samples by hand. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  matchEntropy,
  temperaturesOverSeeds,
  type SampledRow,
} from "../../../src/analysis/answers/equal-entropy.ts";
import { temperatureTables } from "../../../src/cli/analyze/sample-brief.ts";
import { runCommand } from "../../../src/cli/command.ts";
import { lazyCommands } from "../../../src/cli/program.ts";
import { writeExperimentFiles } from "../../../src/store/experiment-files.ts";
import { openRun } from "../../../src/store/write-run.ts";
import { writeSamples } from "../../../src/sweep/analyze/sample-tables.ts";
import { printTables } from "../../../src/tables/print.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { PROVENANCE, checkpointAt, finalResults, metricRow, planOf } from "../../support/runs.ts";
import { example } from "../../tables/example.ts";

async function refused(...words: string[]): Promise<string> {
  const said = { err: "" };
  const code = await runCommand(["analyze", ...words], lazyCommands, {
    stdout: () => undefined,
    stderr: (text) => void (said.err += text),
    ...{ color: false, columns: 80 },
  });
  expect(code).toBe(2);
  return said.err;
}

it("refuses what is no temperature, with everything else that is wrong", async () => {
  const said = await refused(
    "--counts",
    "a.json",
    "--temperatures",
    "0,half,0.001,-1,101,1e1,",
    "--seeds",
    "0",
  );
  expect(said).toContain("--temperatures: asks models: it needs a result folder");
  expect(said).toContain(
    '"half", "0.001", "-1", "101", "1e1", "": must be numbers between commas, each from 0.01 to 100',
  );
  expect(said).toContain("--seeds 0: must be a whole number");
  expect(await refused("results/a", "--temperature", "1")).toContain('did you mean "--temperatures"?');
});

it("refuses runs without instructions, before any work", async () => {
  const out = temporaryFolder();
  const opened = openRun(join(out, "runs"), planOf(), PROVENANCE);
  if (opened.kind !== "open") throw new Error(opened.kind);
  const { run } = opened;
  run.appendMetrics(metricRow(1));
  run.checkpoint(checkpointAt(1));
  run.end({ status: "finished", stepsDone: 1, results: finalResults(), load: [[1]], matrices: [] });
  const runId = run.folder.split("-").at(-1)!;
  const folder = join(out, "example");
  writeExperimentFiles(folder, {
    ...example,
    runs: example.runs.slice(0, 1).map((row) => ({ ...row, runId })),
  });
  expect(await refused(folder, "--temperatures", "0.5,1")).toMatch(
    /--temperatures: no run of \S+ has questions to draw answers to: only runs on instructions/,
  );
  expect(existsSync(join(folder, "routing"))).toBe(false);
});

/** 10 questions of 10 samples. */
function row(variant: string, temperature: number, entropyNats: number, right: number): SampledRow {
  const samples = { questions: 10, each: 10, right, solved: 5, selfBleu: 0.25, entropyNats, tokens: 2 };
  const of = { variant, seed: 1, temperature, step: 10, trained: 640 };
  return { ...of, samples: { ...samples, distinct: [0.5, 0.75, 1, null] }, questions: "same" };
}
const rows = matchEntropy(
  [row("mle", 0.5, 1, 60), row("mle", 1, 3, 40), row("td", 0.5, 2, 45), row("td", 1, 3.5, 30)],
  () => "mle",
);
const summary = temperaturesOverSeeds(rows);

it("writes the samples of every model and their means, empty where nothing can be compared", () => {
  const folder = temporaryFolder();
  writeSamples(rows, summary, folder);
  const lines = (name: string): string[] => readFileSync(join(folder, name), "utf8").trim().split("\n");
  expect(lines("temperatures.csv")).toEqual([
    "variant,steps,tokens_trained,temperature,seed,questions,samples_each,tokens,right_share,solved_share,self_bleu,entropy_nats,entropy_nats_per_token,distinct_1,distinct_2,distinct_3,distinct_4,baseline,baseline_right_share_at_entropy,baseline_self_bleu_at_entropy",
    "mle,10,640,0.5,1,10,10,2,0.6,0.5,0.25,1,0.5,0.5,0.75,1,,mle,,",
    "mle,10,640,1,1,10,10,2,0.4,0.5,0.25,3,1.5,0.5,0.75,1,,mle,,",
    // Halfway between 60 and 40 %; the next has more entropy than any of the baseline's.
    "td,10,640,0.5,1,10,10,2,0.45,0.5,0.25,2,1,0.5,0.75,1,,mle,0.5,0.25",
    "td,10,640,1,1,10,10,2,0.3,0.5,0.25,3.5,1.75,0.5,0.75,1,,mle,,",
  ]);
  const means = lines("temperatures-over-seeds.csv");
  expect(means[0]).toBe(
    "variant,steps,tokens_trained,temperature,measure,mean,low_95,high_95,seeds,baseline,baseline_at_entropy,seeds_at_entropy,difference,difference_low_95,difference_high_95,p",
  );
  expect(means).toContain("td,10,640,0.5,right_share,0.45,,,1,mle,0.5,1,,,,");
  expect(means).toContain("td,10,640,1,right_share,0.3,,,1,mle,,,,,,");
  expect(means).toContain("td,10,640,1,distinct_4,,,,0,mle,,,,,,");
  expect(writeSamples([], [], folder)).toEqual([]);
});

it("prints a row a temperature, at 80 columns, and says what lies outside, and who has no baseline", () => {
  const labelOf = (variant: string): string => variant.toUpperCase();
  const print = (own: typeof summary): string =>
    printTables(temperatureTables(own, labelOf), "table", { columns: 80, color: false });
  const printed = print(summary);
  expect(printed).toMatch(/TD, 0\.5 +45\.0 +25\.0 +75\.0 +2\.00\n/);
  expect(printed).toMatch(/TD, 0\.5 +50\.0\n/);
  expect(printed).toMatch(/TD, 1 ‡ +30\.0 +25\.0 +75\.0 +3\.50\n/);
  expect(printed).toContain("‡ Of some seeds, or of all, the entropy lies outside");
  expect(printed).not.toContain("not compared");
  const alone = print(temperaturesOverSeeds(matchEntropy(rows.slice(2), () => "mle")));
  expect(alone).toContain("TD: not compared: of its baseline, MLE, there are no samples");
  expect(alone).not.toContain("‡");
});
