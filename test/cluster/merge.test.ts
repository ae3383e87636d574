import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mergeFolders } from "../../src/cluster/merge.ts";
import { InputError } from "../../src/core/errors.ts";
import { runNameOf } from "../../src/store/identity.ts";
import { writeLooks } from "../../src/store/looks.ts";
import { inspectRun } from "../../src/store/read-run.ts";
import { openRun } from "../../src/store/write-run.ts";
import type { RunWriter } from "../../src/store/write-run.ts";
import { PROVENANCE, finalResults, metricRow, planOf, temporaryFolder } from "../support/runs.ts";

/** A run of a machine; it is finished where there is a loss. */
function begin(out: string, seed: number): RunWriter {
  const opened = openRun(join(out, "runs"), planOf(seed), PROVENANCE);
  if (opened.kind !== "open") throw new Error(opened.kind);
  return opened.run;
}

function train(out: string, seed: number, gradientNorm = 0.5): string {
  const run = begin(out, seed);
  run.appendMetrics({ ...metricRow(1), gradientNorm });
  run.end({ status: "finished", stepsDone: 1, results: finalResults(), load: [[1]], matrices: [] });
  return run.folder;
}

function problemsOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof InputError)
      return error.problems.map(({ where, message }) => `${where}: ${message}`);
    throw error;
  }
  return [];
}

const LOOKS = {
  format: 1 as const,
  current: 0,
  procedures: [{ question: "q", alpha: 0.05, taken: 1, looks: [{ seeds: [1], level: 0.05, byHand: true }] }],
};

test("joins what two machines finished, once each, and brings looks along; merging again changes nothing", () => {
  const [a, b, out] = [temporaryFolder(), temporaryFolder(), join(temporaryFolder(), "all")];
  const [first, shared] = [train(a, 1), train(a, 2)];
  train(b, 2);
  train(b, 3);
  begin(b, 4).end({ status: "interrupted", stepsDone: 0 });
  writeLooks(join(b, "example"), LOOKS);
  expect(mergeFolders([a, b], out)).toEqual({
    ...{ added: 3, kept: 1, unfinished: 1 },
    looks: [join("example", "looks.json")],
  });
  for (const seed of [1, 2, 3]) {
    const name = runNameOf(planOf(seed).identity);
    expect(inspectRun(join(out, "runs", name))).toMatchObject({ isSealed: true, damage: [] });
  }
  for (const file of ["run.json", "metrics.csv", "seal.json", "events.jsonl"]) {
    const name = runNameOf(planOf(1).identity);
    expect(readFileSync(join(out, "runs", name, file))).toEqual(readFileSync(join(first, file)));
  }
  expect(existsSync(shared)).toBe(true);
  expect(mergeFolders([a, b], out)).toMatchObject({ added: 0, kept: 4, looks: [] });
});

test("names every conflict and every damage at once, and writes nothing", () => {
  const [a, b, out] = [temporaryFolder(), temporaryFolder(), join(temporaryFolder(), "all")];
  train(a, 1);
  train(b, 1, 0.75); // The same run with another number.
  appendFileSync(join(train(a, 2), "metrics.csv"), "1\n");
  const unsealed = train(b, 3);
  rmSync(join(unsealed, "seal.json"));
  const record = readFileSync(join(unsealed, "run.json"), "utf8");
  writeFileSync(join(unsealed, "run.json"), record.replace(',\n  "sealed": true', ""));
  begin(b, 4); // This process holds its lock.
  writeLooks(join(a, "example"), LOOKS);
  writeLooks(join(b, "example"), { ...LOOKS, current: null });
  const problems = problemsOf(() => mergeFolders([a, b], out));
  expect(problems).toHaveLength(5);
  expect(problems.join("\n")).toMatch(/the same run has other numbers in /);
  expect(problems.join("\n")).toMatch(/metrics\.csv has 2 rows where it was sealed with 1/);
  expect(problems.join("\n")).toMatch(/unsealed; `moe-lab verify .* --seal`/);
  expect(problems.join("\n")).toMatch(/is at work on it; merge when it is done/);
  expect(problems.join("\n")).toMatch(/other looks are recorded in /);
  expect(existsSync(out)).toBe(false);
});

test("a copy that was cut off is found damaged, and merging again makes it whole", () => {
  const [a, out] = [temporaryFolder(), temporaryFolder()];
  train(a, 1);
  mergeFolders([a], out);
  const copy = join(out, "runs", runNameOf(planOf(1).identity));
  rmSync(join(copy, "seal.json"));
  expect(inspectRun(copy).record?.status).toBe("damaged");
  expect(mergeFolders([a], out)).toMatchObject({ added: 1 });
  expect(inspectRun(copy).isSealed).toBe(true);
});

test("folders without runs are named, all of them", () => {
  const [a, b] = [temporaryFolder(), temporaryFolder()];
  expect(problemsOf(() => mergeFolders([a, b], join(a, "out")))).toEqual(
    [a, b].map((folder) => `${folder}: holds no runs; name an output folder of \`moe-lab run\``),
  );
});
