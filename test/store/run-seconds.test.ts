import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runSeconds } from "../../src/store/run-seconds.ts";
import { openRun } from "../../src/store/write-run.ts";
import { temporaryFolder } from "../support/folder.ts";
import { PROVENANCE, finalResults, planOf } from "../support/runs.ts";

const at = (second: number, event: string): string =>
  JSON.stringify({ time: new Date(second * 1000).toISOString(), pid: 1, event });

function secondsOf(...lines: readonly string[]): number | null {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "events.jsonl"), lines.join("\n"));
  return runSeconds(folder);
}

it("sums the stretches of work: 10 + 5 seconds, however long it lay between", () => {
  const lines = [
    at(100, "started"),
    at(104, "checkpoint"),
    at(110, "interrupted"),
    at(900, "resumed"),
    at(905, "finished"),
  ];
  expect(secondsOf(...lines)).toBe(15);
});
it("does not count what a process did that died without a word, nor lines cut off", () => {
  expect(secondsOf(at(100, "started"), at(500, "started"), at(507, "finished"), '{"time": "20')).toBe(7);
});
it("of a run without times there are none", () => {
  expect(secondsOf(at(1, "started"))).toBeNull();
  expect(secondsOf("")).toBeNull();
  expect(runSeconds(join(temporaryFolder(), "none"))).toBeNull();
});
it("reads what a real run writes", () => {
  const runs = temporaryFolder();
  const opened = openRun(runs, planOf(), PROVENANCE);
  if (opened.kind !== "open") throw new Error(opened.kind);
  opened.run.end({ status: "finished", stepsDone: 1, results: finalResults(), load: [], matrices: [] });
  const seconds = runSeconds(opened.run.folder);
  expect(seconds).not.toBeNull();
  expect(seconds).toBeGreaterThanOrEqual(0);
});
