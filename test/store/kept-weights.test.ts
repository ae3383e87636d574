import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadWeights, weightSteps } from "../../src/store/weights/kept-weights.ts";
import { readRun } from "../../src/store/read-run.ts";
import { verifyFolder } from "../../src/store/verify.ts";
import { openRun, type RunWriter } from "../../src/store/write-run.ts";
import { keptSteps } from "../../src/train/kept-steps.ts";
import { temporaryFolder } from "../support/folder.ts";
import { checkpointAt, finalResults, metricRow, planOf, PROVENANCE } from "../support/runs.ts";

function open(out: string): RunWriter {
  const opened = openRun(join(out, "runs"), planOf(), PROVENANCE);
  if (opened.kind !== "open") throw new Error(`the run is ${opened.kind}`);
  return opened.run;
}

function finishedRun(): { out: string; folder: string; id: string } {
  const out = temporaryFolder();
  const run = open(out);
  run.keepWeights(checkpointAt(1));
  run.keepWeights(checkpointAt(4));
  run.appendMetrics(metricRow(10));
  run.checkpoint(checkpointAt(10));
  run.end({ status: "finished", stepsDone: 10, results: finalResults(), load: [[1]], matrices: [] });
  return { out, folder: run.folder, id: readRun(run.folder)!.id };
}

test("1, 10, 20 and 40 % of the steps, each once, none of them the last", () => {
  expect(keptSteps(1600)).toEqual([16, 160, 320, 640]);
  expect(keptSteps(150)).toEqual([2, 15, 30, 60]); // 1.5 is rounded up
  expect(keptSteps(4)).toEqual([1, 2]); // 0.04, 0.4 and 0.8 of a step are the first
  expect(keptSteps(1)).toEqual([]);
});

describe("weights kept beside a run", () => {
  test("are read back as they were, by step", () => {
    const { folder, id } = finishedRun();
    expect(weightSteps(folder)).toEqual([1, 4]);
    const { step, tensors } = loadWeights(folder, id, 4);
    expect(step).toBe(4);
    expect(tensors["parameters/head"]).toEqual(checkpointAt(4).tensors["parameters/head"]);
    expect(() => loadWeights(folder, "another", 4)).toThrow("not to step 4 of another");
  });

  test("a run goes on without those of steps that it will do again", () => {
    const out = temporaryFolder();
    const first = open(out);
    first.keepWeights(checkpointAt(1));
    first.checkpoint(checkpointAt(2));
    first.keepWeights(checkpointAt(4));
    first.end({ status: "interrupted", stepsDone: 2 });
    const second = open(out);
    expect(second.resume?.step).toBe(2);
    expect(weightSteps(second.folder)).toEqual([1]);
  });

  test("deleted, the run is as whole as before; changed, verify says so and the run still counts", async () => {
    const { out, folder } = finishedRun();
    expect(await verifyFolder(out)).toMatchObject([{ state: "sealed" }]);
    appendFileSync(join(folder, "weights", "step-00000004.safetensors"), "x");
    expect(readRun(folder)?.status).toBe("finished");
    const [damaged] = await verifyFolder(out);
    expect(damaged).toMatchObject({ state: "damaged" });
    expect(damaged?.problems[0]).toMatch(
      /^weights\/step-00000004\.safetensors is not as it was sealed .*: delete it; only `analyze` reads it$/,
    );
    rmSync(join(folder, "weights"), { recursive: true });
    expect(await verifyFolder(out)).toMatchObject([{ state: "sealed" }]);
  });
});
