import { existsSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadFinalCheckpoint } from "../../src/store/checkpoint.ts";
import { runIdOf } from "../../src/store/identity.ts";
import { listRuns, readRun } from "../../src/store/read-run.ts";
import { readMetrics } from "../../src/store/run-csv.ts";
import { openRun } from "../../src/store/write-run.ts";
import type { RunWriter } from "../../src/store/write-run.ts";
import { temporaryFolder } from "../support/folder.ts";
import { PROVENANCE, checkpointAt, finalResults, metricRow, planOf } from "../support/runs.ts";

function open(runsFolder: string, provenance = PROVENANCE): RunWriter {
  const opened = openRun(runsFolder, planOf(), provenance);
  if (opened.kind !== "open") throw new Error(`the run is ${opened.kind}`);
  return opened.run;
}

const steps = (run: RunWriter): number[] =>
  readMetrics(join(run.folder, "metrics.csv")).map((row) => row.step);

const FINISHED = {
  status: "finished",
  stepsDone: 10,
  results: finalResults(),
  load: [[0.5, 0.5]],
  matrices: [],
} as const;

describe("a run folder", () => {
  test("from start to end: status, numbers, files", () => {
    const runs = temporaryFolder();
    const run = open(runs);
    expect(run.resume).toBeNull();
    expect(readRun(run.folder)?.status).toBe("running");
    run.appendMetrics(metricRow(1));
    run.appendMetrics(metricRow(2, 4.5));
    run.appendRouting(2, [
      [0.25, 0.75],
      [1, 0],
    ]);
    run.checkpoint(checkpointAt(10));
    run.end(FINISHED);

    const record = readRun(run.folder);
    expect(record).toMatchObject({
      status: "finished",
      stepsDone: 10,
      results: finalResults(),
      load: [[0.5, 0.5]],
    });
    expect(record?.id).toBe(runIdOf(planOf().identity));
    expect(readMetrics(join(run.folder, "metrics.csv"))).toEqual([metricRow(1), metricRow(2, 4.5)]);
    expect(readFileSync(join(run.folder, "routing.csv"), "utf8")).toBe(
      "step,layer,expert,share\n2,0,0,0.25\n2,0,1,0.75\n2,1,0,1\n2,1,1,0\n",
    );
    expect(readdirSync(run.folder).sort()).toEqual([
      ...["checkpoint", "events.jsonl", "metrics.csv", "routing.csv", "run.json", "seal.json"],
    ]);
    // The optimiser's moments are of no use any more.
    expect(readdirSync(join(run.folder, "checkpoint"))).toEqual(["final.safetensors"]);
    const final = loadFinalCheckpoint(join(run.folder, "checkpoint"), record?.id ?? "");
    expect(Object.keys(final.tensors)).toEqual(["parameters/head", "state/bias"]);
    expect(final.tensors["parameters/head"]).toEqual(checkpointAt(10).tensors["parameters/head"]);
  });

  test("a finished run is handed back, not opened again", () => {
    const runs = temporaryFolder();
    open(runs).end(FINISHED);
    expect(openRun(runs, planOf(), PROVENANCE)).toMatchObject({
      kind: "finished",
      record: { status: "finished" },
    });
    // Also when another engine asks: the run is reused, and its provenance tells.
    const other = openRun(runs, planOf(), { ...PROVENANCE, engine: "tfjs-cpu" });
    expect(other).toMatchObject({ kind: "finished", record: { provenance: PROVENANCE } });
  });

  test("two at once: the second one is told who is at it", () => {
    const runs = temporaryFolder();
    open(runs);
    expect(openRun(runs, planOf(), PROVENANCE)).toMatchObject({ kind: "busy", owner: { pid: process.pid } });
    expect(openRun(runs, planOf(2), PROVENANCE).kind).toBe("open");
  });

  test("going on from a checkpoint drops the rows after it, and a torn one", () => {
    const runs = temporaryFolder();
    const first = open(runs);
    for (const step of [1, 2, 3, 4]) first.appendMetrics(metricRow(step));
    first.checkpoint(checkpointAt(4));
    for (const step of [5, 6]) first.appendMetrics(metricRow(step));
    first.appendRouting(6, [[1]]);
    first.end({ status: "interrupted", stepsDone: 4 });
    writeFileSync(join(first.folder, "metrics.csv"), "7,716", { flag: "a" });
    expect(readRun(first.folder)).toMatchObject({ status: "interrupted", stepsDone: 4 });

    const second = open(runs);
    expect(second.resume).toEqual(checkpointAt(4));
    expect(steps(second)).toEqual([1, 2, 3, 4]);
    expect(readFileSync(join(second.folder, "routing.csv"), "utf8")).toBe("step,layer,expert,share\n");
    second.appendMetrics(metricRow(5));
    second.checkpoint(checkpointAt(5));
    expect(steps(second)).toEqual([1, 2, 3, 4, 5]);
  });

  test("without a checkpoint it starts anew, with empty tables", () => {
    const runs = temporaryFolder();
    const first = open(runs);
    first.appendMetrics(metricRow(1));
    first.end({ status: "interrupted", stepsDone: 0 });
    const second = open(runs);
    expect(second.resume).toBeNull();
    expect(steps(second)).toEqual([]);
  });

  test("a damaged checkpoint is set aside and the one before it is used", () => {
    const runs = temporaryFolder();
    const first = open(runs);
    for (const step of [2, 4, 6]) first.checkpoint(checkpointAt(step));
    first.end({ status: "interrupted", stepsDone: 6 });
    const folder = join(first.folder, "checkpoint");
    expect(readdirSync(folder)).toEqual(["step-00000004.safetensors", "step-00000006.safetensors"]);
    const newest = join(folder, "step-00000006.safetensors");
    const bytes = readFileSync(newest);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(newest, bytes);
    const again = open(runs);
    expect(again.resume).toEqual(checkpointAt(4));
    expect(again.notes).toEqual([expect.stringMatching(/checksum does not match.*; set aside as/)]);
    expect(existsSync(`${newest}.damaged`)).toBe(true);
    expect(readFileSync(join(first.folder, "events.jsonl"), "utf8")).toContain("checksum does not match");
  });

  test("another engine does not go on with a checkpoint: half a run each would be nobody's", () => {
    const runs = temporaryFolder();
    const first = open(runs);
    first.checkpoint(checkpointAt(4));
    first.end({ status: "interrupted", stepsDone: 4 });
    const other = open(runs, { ...PROVENANCE, threads: 2 });
    expect(other.resume).toBeNull();
    expect(other.notes).toEqual([
      "the checkpoint at step 4 is of compiled/1t/tfjs@4.22.0, and is not gone on with by compiled/2t/tfjs@4.22.0",
    ]);
  });

  test("with both checkpoints damaged it starts from the beginning, and says so", () => {
    const runs = temporaryFolder();
    const first = open(runs);
    for (const step of [2, 4]) first.checkpoint(checkpointAt(step));
    first.end({ status: "interrupted", stepsDone: 4 });
    for (const step of [2, 4]) {
      const path = join(first.folder, "checkpoint", `step-0000000${step}.safetensors`);
      writeFileSync(path, readFileSync(path).subarray(0, -1));
    }
    const again = open(runs);
    expect(again.resume).toBeNull();
    expect(again.notes).toHaveLength(2);
  });

  test("rows missing before a checkpoint: it is not gone on from, but the one before them is", () => {
    const runs = temporaryFolder();
    const first = open(runs);
    for (const step of [2, 4]) {
      first.appendMetrics(metricRow(step - 1));
      first.appendMetrics(metricRow(step, 4.5));
      first.appendRouting(step, [[1]]);
      first.checkpoint(checkpointAt(step));
    }
    first.end({ status: "interrupted", stepsDone: 4 });
    const path = join(first.folder, "metrics.csv");
    const [header, ...lines] = readFileSync(path, "utf8").split("\n");
    const without = (row: number): void =>
      writeFileSync(path, [header, ...lines.filter((_, index) => index !== row)].join("\n"));
    without(2);
    const second = open(runs);
    expect(second.resume).toEqual(checkpointAt(2));
    expect(steps(second)).toEqual([1, 2]);
    expect(readFileSync(join(second.folder, "events.jsonl"), "utf8")).toContain("lacks rows up to step 4");
    second.end({ status: "interrupted", stepsDone: 2 });
    without(0);
    const third = open(runs);
    expect(third.resume).toBeNull();
    expect(steps(third)).toEqual([]);
  });

  test.each(["metrics.csv", "routing.csv"])("without %s a checkpoint is not gone on from", (table) => {
    const runs = temporaryFolder();
    const first = open(runs);
    first.checkpoint(checkpointAt(4));
    first.end({ status: "interrupted", stepsDone: 4 });
    rmSync(join(first.folder, table));
    expect(open(runs).resume).toBeNull();
  });

  test("another engine does not go on where run.json is lost, since the checkpoint says what computed it", () => {
    const runs = temporaryFolder();
    const first = open(runs);
    first.checkpoint(checkpointAt(4));
    first.end({ status: "interrupted", stepsDone: 4 });
    rmSync(join(first.folder, "run.json"));
    expect(open(runs, { ...PROVENANCE, engine: "tfjs-cpu" }).resume).toBeNull();
  });

  test("the same engine goes on where run.json is lost", () => {
    const runs = temporaryFolder();
    const first = open(runs);
    first.checkpoint(checkpointAt(4));
    first.end({ status: "interrupted", stepsDone: 4 });
    rmSync(join(first.folder, "run.json"));
    expect(open(runs).resume).toEqual(checkpointAt(4));
  });

  test("whoever has lost the run writes nothing more, whatever it tries", () => {
    const runs = temporaryFolder();
    const stopped = open(runs);
    stopped.appendMetrics(metricRow(1));
    stopped.checkpoint(checkpointAt(1));
    // Another process took the run over while this one was stopped: the next number is linked.
    const lock = { host: "elsewhere", pid: 1, processStart: null, bootId: null };
    writeFileSync(join(stopped.folder, "owner.2.json"), JSON.stringify(lock));
    const snapshot = (): Map<string, string> =>
      new Map(
        readdirSync(stopped.folder, { recursive: true, encoding: "utf8" })
          .filter((name) => /\./.test(name))
          .map((name) => [name, readFileSync(join(stopped.folder, name), "latin1")]),
      );
    const before = snapshot();
    stopped.appendMetrics(metricRow(2));
    stopped.appendRouting(2, [[1]]);
    for (const act of [() => stopped.checkpoint(checkpointAt(2)), () => stopped.end(FINISHED)]) {
      expect(act).toThrow("another process has taken over this run");
      expect(snapshot()).toEqual(before);
    }
  });

  test("a failed run keeps its rows and the reason, and can be tried again", () => {
    const runs = temporaryFolder();
    const run = open(runs);
    run.appendMetrics(metricRow(1));
    run.end({ status: "failed", failure: "NaN in layers.0. Lower the learning rate." });
    expect(readRun(run.folder)).toMatchObject({
      ...{ status: "failed", results: null, failure: "NaN in layers.0. Lower the learning rate." },
    });
    expect(steps(run)).toEqual([1]);
    expect(openRun(runs, planOf(), PROVENANCE).kind).toBe("open");
  });

  test("`running` without a living owner reads as interrupted", () => {
    const runs = temporaryFolder();
    const run = open(runs);
    const [lock = ""] = readdirSync(run.folder).filter((name) => name.startsWith("owner."));
    const path = join(run.folder, lock);
    const owner = JSON.parse(readFileSync(path, "utf8")) as { bootId: string };
    writeFileSync(path, JSON.stringify({ ...owner, bootId: "before the reboot" }));
    const old = new Date(Date.now() - 700_000);
    utimesSync(path, old, old);
    expect(readRun(run.folder)?.status).toBe("interrupted");
    expect(openRun(runs, planOf(), PROVENANCE).kind).toBe("open");
  });

  test.each([
    ["half-written", (text: string) => text.slice(0, text.length / 2)],
    ["edited settings", (text: string) => text.replace('"seed": 1', '"seed": 2')],
    [
      "finished without results",
      (text: string) => text.replace(/"validationLossNats": [\d.]+/, '"validationLossNats": null'),
    ],
    ["another format", (text: string) => text.replace('"format": 1', '"format": 2')],
  ])("a record that is %s is not taken for a result", (_, damage) => {
    const runs = temporaryFolder();
    const run = open(runs);
    run.end(FINISHED);
    const path = join(run.folder, "run.json");
    const text = readFileSync(path, "utf8");
    expect(damage(text)).not.toBe(text);
    expect(listRuns(runs)).toHaveLength(1);
    writeFileSync(path, damage(text));
    expect(readRun(run.folder)).toBeNull();
    expect(listRuns(runs)).toEqual([]);
    expect(openRun(runs, planOf(), PROVENANCE).kind).toBe("open");
  });

  test("only events.jsonl holds times and processes", () => {
    const runs = temporaryFolder();
    const run = open(runs);
    run.appendMetrics(metricRow(1));
    run.checkpoint(checkpointAt(10));
    run.end(FINISHED);
    const year = String(new Date().getFullYear());
    for (const name of ["run.json", "metrics.csv", "routing.csv"]) {
      expect(readFileSync(join(run.folder, name), "utf8")).not.toContain(`${year}-`);
    }
    const events = readFileSync(join(run.folder, "events.jsonl"), "utf8").trim().split("\n");
    expect(events.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
      ...["started", "checkpoint", "finished"],
    ]);
  });
});
