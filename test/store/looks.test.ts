import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { identityOf } from "../../src/store/identity.ts";
import { readExperimentFiles, writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { isOnlyPlanned, questionOf, readLooks, writeLooks } from "../../src/store/looks.ts";
import type { LooksRecord } from "../../src/records/looks.ts";
import { temporaryFolder } from "../support/folder.ts";
import { settingsOf, SOURCES } from "../support/runs.ts";
import { example } from "../tables/example.ts";

function folderOfExample(): string {
  const folder = temporaryFolder();
  writeExperimentFiles(folder, example);
  return folder;
}

const record: LooksRecord = {
  format: 1,
  current: 1,
  procedures: [
    { question: "abc", alpha: 0.05, taken: 1, looks: [{ seeds: [1, 2], level: 0.05, byHand: false }] },
    {
      ...{ question: "abc", alpha: 0.05, taken: 2 },
      looks: [
        { seeds: [3, 4], level: 0.025, byHand: false },
        { seeds: [3, 4, 9], level: 0.0312345678901234, byHand: true },
        { seeds: [3, 4, 9, 10], level: null, byHand: true },
      ],
    },
  ],
};

describe("looks.json", () => {
  it("is read as it was written, and has a line for each look", () => {
    const folder = temporaryFolder();
    writeLooks(folder, record);
    expect(readLooks(folder)).toEqual(record);
    const lines = readFileSync(join(folder, "looks.json"), "utf8").split("\n");
    expect(lines.filter((line) => line.includes('"seeds"'))).toHaveLength(4);
    writeLooks(folder, { format: 1, current: null, procedures: [] });
    expect(readLooks(folder)).toEqual({ format: 1, current: null, procedures: [] });
  });
  it("need not be there", () => {
    expect(readLooks(temporaryFolder())).toBeNull();
  });
  it("by itself is a plan, and no result yet", () => {
    const folder = temporaryFolder();
    expect(isOnlyPlanned(folder)).toBe(false);
    writeLooks(folder, record);
    expect(isOnlyPlanned(folder)).toBe(true);
    expect(() => readExperimentFiles(folder)).toThrow("has a plan of looks but no results yet");
    writeExperimentFiles(folder, example);
    expect(isOnlyPlanned(folder)).toBe(false);
    expect(readExperimentFiles(folder).looks).toEqual(record);
  });
  it("goes with the results that it is of", () => {
    const folder = temporaryFolder();
    writeExperimentFiles(folder, { ...example, looks: record });
    expect(readExperimentFiles(folder).looks).toEqual(record);
    expect("looks" in readExperimentFiles(folderOfExample())).toBe(false);
  });
  it.each([
    ["cut off", '{ "format": 1, "curr', "looks.json: is no record of looks"],
    ["of another format", '{ "format": 2, "current": null, "procedures": [] }', "is no record of looks"],
    [
      "naming a procedure that is not there",
      '{ "format": 1, "current": 0, "procedures": [] }',
      "current names no",
    ],
    [
      "with more looks taken than there are",
      JSON.stringify({ format: 1, current: null, procedures: [{ ...record.procedures[0], taken: 2 }] }),
      "more looks are taken than there are",
    ],
  ])("%s: refused, since nobody would know what was looked at", (_, text, message) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "looks.json"), text);
    expect(() => readLooks(folder)).toThrow(message);
    expect(() => readLooks(folder)).toThrow("restore it, or delete it");
  });
});

it("a question is the same at every seed, and another one for other settings, data or code", () => {
  const of = (seed: number, steps = 10, data = "data") =>
    questionOf(identityOf(settingsOf(steps), seed, { ...SOURCES, dataHash: data }));
  expect(of(1)).toBe(of(7));
  expect(new Set([of(1), of(1, 11), of(1, 10, "other")]).size).toBe(3);
  const identity = identityOf(settingsOf(), 1, SOURCES);
  expect(questionOf({ ...identity, numerics: identity.numerics + 1 })).not.toBe(of(1));
});
