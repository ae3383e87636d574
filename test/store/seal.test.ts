import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inspectRun, readRun } from "../../src/store/read-run.ts";
import { checkSeal, extendSeal, writeSeal } from "../../src/store/seal.ts";
import { openRun } from "../../src/store/write-run.ts";
import { temporaryFolder } from "../support/folder.ts";
import { PROVENANCE, checkpointAt, finalResults, metricRow, planOf } from "../support/runs.ts";

const FILES = ["run.json", "metrics.csv", "routing.csv", "checkpoint/final.safetensors", "seal.json"];

/** A finished run with two steps. */
function finishedRun(runs = temporaryFolder()): { readonly runs: string; readonly folder: string } {
  const opened = openRun(runs, planOf(), PROVENANCE);
  if (opened.kind !== "open") throw new Error(`the run is ${opened.kind}`);
  const { run } = opened;
  for (const step of [1, 2]) run.appendMetrics(metricRow(step, 4.5));
  run.appendRouting(2, [[0.25, 0.75]]);
  run.checkpoint(checkpointAt(2));
  run.end({ status: "finished", stepsDone: 2, results: finalResults(), load: [[0.25, 0.75]], matrices: [] });
  return { runs, folder: run.folder };
}

/** As a version before seals left it. */
function unsealedRun(): { readonly runs: string; readonly folder: string } {
  const made = finishedRun();
  rmSync(join(made.folder, "seal.json"));
  change(made.folder, "run.json", (text) => text.replace(',\n  "sealed": true', ""));
  return made;
}

function change(folder: string, file: string, edit: (text: string) => string): void {
  const path = join(folder, file);
  const before = readFileSync(path, "latin1");
  const after = edit(before);
  if (before === after) throw new Error("nothing was changed");
  writeFileSync(path, after, "latin1");
}

const DAMAGES: readonly (readonly [string, (folder: string, file: string) => void])[] = [
  ["deleted", (folder, file) => rmSync(join(folder, file))],
  ["emptied", (folder, file) => change(folder, file, () => "")],
  ["cut in half", (folder, file) => change(folder, file, (text) => text.slice(0, text.length / 2))],
  // Of seal.json the last one is a line feed, which says nothing.
  ["without its last two bytes", (folder, file) => change(folder, file, (text) => text.slice(0, -2))],
  ["one bit flipped", (folder, file) => change(folder, file, (text) => flip(text, text.length >> 1))],
];

function flip(text: string, at: number): string {
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
}

describe("a finished run", () => {
  for (const file of FILES) {
    test.each(DAMAGES)(`with ${file} %s is not used, says why, and is trained again`, (how, damage) => {
      const { runs, folder } = finishedRun();
      expect(inspectRun(folder)).toMatchObject({ isSealed: true, damage: [] });
      damage(folder, file);
      const found = inspectRun(folder);
      expect(found.isSealed).toBe(false);
      expect(found.damage.join()).toContain(file);
      expect(["damaged", undefined]).toContain(readRun(folder)?.status);

      const opened = openRun(runs, planOf(), PROVENANCE);
      expect(opened).toMatchObject({ kind: "open", run: { resume: null } });
      expect(inspectRun(folder).damage).toEqual([]);
      // What was left is kept, for whoever wants to look.
      expect(existsSync(join(folder, "metrics.csv.damaged"))).toBe(
        file !== "metrics.csv" || how !== "deleted",
      );
    });
  }

  test("with a lowered validation loss: the number is not read", () => {
    const { folder } = finishedRun();
    change(folder, "run.json", (text) =>
      text.replace('"validationLossNats": 1.5', '"validationLossNats": 1.2'),
    );
    const record = readRun(folder);
    expect(record).toMatchObject({ status: "damaged", results: null });
    expect(record?.failure).toMatch(
      /^run\.json is not as it was sealed .* `moe-lab run` .* trains it again$/,
    );
  });

  test("with rows taken out: says how many there were", () => {
    const { folder } = finishedRun();
    change(folder, "metrics.csv", (text) => text.split("\n").toSpliced(1, 1).join("\n"));
    expect(inspectRun(folder).damage).toEqual(["metrics.csv has 1 row where it was sealed with 2"]);
  });

  test("turned back to running by an edit: is not gone on with", () => {
    const { folder } = finishedRun();
    change(folder, "run.json", (text) => text.replace('"finished"', '"running"'));
    expect(readRun(folder)?.status).toBe("damaged");
  });

  test("another run's files in its folder are not its own", () => {
    const { runs, folder } = finishedRun();
    const other = openRun(runs, planOf(2), PROVENANCE);
    if (other.kind !== "open") throw new Error(other.kind);
    other.run.end({ status: "finished", stepsDone: 2, results: finalResults(), load: [[1]], matrices: [] });
    writeFileSync(join(folder, "seal.json"), readFileSync(join(other.run.folder, "seal.json")));
    expect(readRun(folder)?.status).toBe("damaged");
  });

  test("killed before its seal: goes on from its last checkpoint", () => {
    const runs = temporaryFolder();
    const opened = openRun(runs, planOf(), PROVENANCE);
    if (opened.kind !== "open") throw new Error(opened.kind);
    const { run } = opened;
    run.checkpoint(checkpointAt(2));
    const steps = readFileSync(join(run.folder, "checkpoint", "step-00000002.safetensors"));
    run.end({ status: "finished", stepsDone: 2, results: finalResults(), load: [[1]], matrices: [] });
    // What the folder holds between the record and the seal.
    rmSync(join(run.folder, "seal.json"));
    writeFileSync(join(run.folder, "checkpoint", "step-00000002.safetensors"), steps);
    expect(inspectRun(run.folder)).toMatchObject({ record: { status: "interrupted" }, damage: [] });
    expect(openRun(runs, planOf(), PROVENANCE)).toMatchObject({ kind: "open", run: { resume: { step: 2 } } });
  });
});

describe("a finished run of a version without seals", () => {
  test("is found and read, as unsealed", () => {
    const { runs, folder } = unsealedRun();
    expect(inspectRun(folder)).toMatchObject({ record: { status: "finished" }, isSealed: false, damage: [] });
    expect(openRun(runs, planOf(), PROVENANCE).kind).toBe("finished");
  });

  test.each([
    ["a row gone", "metrics.csv", (text: string) => text.split("\n").toSpliced(1, 1).join("\n")],
    ["a cell that is no number", "metrics.csv", (text: string) => text.replace("2,", "two,")],
    ["a share that is no number", "routing.csv", (text: string) => text.replace("0.25", "many")],
    [
      "a load that is no table",
      "run.json",
      (text: string) => text.replace(/"load": \[[^]*?\]\s*\]/, '"load": 7'),
    ],
    [
      "a result that is no number",
      "run.json",
      (text: string) => text.replace('"deadExperts": 0', '"deadExperts": "0"'),
    ],
  ])("with %s is trained again", (_, file, edit) => {
    const { folder } = unsealedRun();
    change(folder, file, edit);
    expect(inspectRun(folder).damage.join()).toContain(file);
    expect(readRun(folder)?.status).not.toBe("finished");
  });
});

test("a seal names nothing outside of its folder", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "a.csv"), "x\n1\n");
  writeSeal(folder, "here", ["a.csv"]);
  expect(checkSeal(folder, "here")).toEqual({ kind: "whole", files: ["a.csv"] });
  expect(checkSeal(folder, "there")).toMatchObject({ kind: "broken" });
  expect(checkSeal(temporaryFolder(), "here")).toEqual({ kind: "unsealed" });
  for (const name of ["../a.csv", "/etc/passwd", "a/../../b"]) {
    writeSeal(folder, "here", ["a.csv"]);
    change(folder, "seal.json", (text) => text.replace('"a.csv"', JSON.stringify(name)));
    expect(checkSeal(folder, "here")).toEqual({ kind: "broken", problems: ["seal.json is damaged"] });
  }
});

test("a seal that is extended goes on to know what it knew, but for files that have gone", () => {
  const folder = temporaryFolder();
  for (const name of ["a", "b", "c"]) writeFileSync(join(folder, name), name);
  writeSeal(folder, "set", ["a", "b", "c"]);
  writeFileSync(join(folder, "a"), "changed");
  writeFileSync(join(folder, "b"), "written again");
  writeFileSync(join(folder, "d"), "new");
  rmSync(join(folder, "c"));
  expect(extendSeal(folder, "set", ["b", "d"])).toBe(true);
  expect(checkSeal(folder, "set")).toEqual({
    kind: "broken",
    problems: ["a is not as it was sealed (7 of 1 bytes, another SHA-256)"],
  });
  expect(extendSeal(folder, "another set", ["b"])).toBe(false);
  expect(extendSeal(temporaryFolder(), "set", [])).toBe(false);
});
