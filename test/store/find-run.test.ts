import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { findFinishedRun } from "../../src/store/find-run.ts";
import { runsFolderOf } from "../../src/store/read-run.ts";
import { openRun } from "../../src/store/write-run.ts";
import { temporaryFolder } from "../support/folder.ts";
import { checkpointAt, finalResults, metricRow, planOf, PROVENANCE } from "../support/runs.ts";

/** A run below a results folder of its own. */
function madeRun(results: string, seed: number, finished = true): string {
  const opened = openRun(runsFolderOf(results), planOf(seed), PROVENANCE);
  if (opened.kind !== "open") throw new Error(opened.kind);
  const { run } = opened;
  run.appendMetrics(metricRow(10));
  run.appendRouting(10, [[1]]);
  if (finished) {
    run.checkpoint(checkpointAt(10));
    const end = {
      status: "finished",
      stepsDone: 10,
      results: finalResults(),
      load: [[1]],
      matrices: [],
    } as const;
    run.end(end);
  } else run.end({ status: "failed", failure: "it diverged" });
  return run.folder;
}

describe("a finished run is found", () => {
  test("by folder, name and id, with its final weights and no moments", () => {
    const results = temporaryFolder();
    madeRun(results, 1);
    const folder = madeRun(results, 2);
    const name = basename(folder);
    const { record } = findFinishedRun(folder, "nowhere");
    expect(record.name).toBe(name);
    for (const asked of [folder, name, record.id]) {
      const found = findFinishedRun(asked, results);
      expect(found).toMatchObject({ folder, record: { identity: { seed: 2 } }, checkpoint: { step: 10 } });
      expect(Object.keys(found.checkpoint.tensors).sort()).toEqual(["parameters/head", "state/bias"]);
    }
  });
});

test("one that failed is refused, with what it reached", () => {
  const results = temporaryFolder();
  const folder = madeRun(results, 1, false);
  expect(() => findFinishedRun(folder, results)).toThrow(InputError);
  expect(() => findFinishedRun(folder, results)).toThrow("its status is failed after 0 of 10 steps");
});

test("a part of a name is not a name", () => {
  const results = temporaryFolder();
  const name = basename(madeRun(results, 1));
  expect(() => findFinishedRun(name.slice(0, -1), results)).toThrow(`did you mean "${name}"?`);
  expect(() => findFinishedRun("", results)).toThrow("there is no run of this name or id");
});
