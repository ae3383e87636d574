/**
 * Exported models against Hugging Face's transformers: the files are bit for bit those that transformers opened
 * (test/fixtures/transformers/make.py; requirements.txt pins it), and its logits are ours. Where Python has torch and
 * transformers, they are opened again here.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../src/core/json.ts";
import { filesInTheWay, writeOlmoeFiles } from "../../src/store/olmoe-files.ts";
import { decodeSafetensors } from "../../src/store/safetensors.ts";
import { engines } from "../support/engines.ts";
import { largestDifference, logitsOf } from "../support/logits.ts";
import { olmoeCaseFiles, olmoeCases } from "../support/olmoe-cases.ts";
import { temporaryFolder } from "../support/folder.ts";
import { findPython } from "../support/python.ts";
import { openWithTransformers, type TransformersAnswer } from "../support/transformers.ts";

const fixture = JSON.parse(
  readFileSync("test/fixtures/transformers/logits.json", "utf8"),
) as TransformersAnswer;

it("the fixture holds these cases and no others", () => {
  expect(Object.keys(fixture.cases).sort()).toEqual(olmoeCases.map(({ name }) => name).sort());
});

describe.each(olmoeCases)("$name", (one) => {
  const expected = fixture.cases[one.name]!;

  it("the exported files are those that transformers opened, every tensor in its place", () => {
    const files = olmoeCaseFiles(one);
    expect(sha256(files["model.safetensors"])).toBe(expected.sha256["model.safetensors"]);
    expect(sha256(files["config.json"])).toBe(expected.sha256["config.json"]);
    expect(expected.loadingProblems).toEqual({});
    const count = Object.values(one.parameters).reduce((sum, { values }) => sum + values.length, 0);
    expect(expected.parameters).toBe(count);
  });

  it.each(engines)("transformers' logits are those of $name", async (engine) => {
    expect(Array.from(one.tokens)).toEqual(expected.tokens.flat());
    const found = await logitsOf(engine, one.settings, one.router, one.parameters, one.tokens);
    expect(largestDifference(found, expected.logits)).toBeLessThan(1e-4);
  });
});

const python = findPython("torch", "transformers");
if ("missing" in python) {
  it.skip(`opened again with transformers (${python.missing})`, () => undefined);
} else {
  describe("opened again with transformers", () => {
    let scratch: string;
    let answer: TransformersAnswer;
    beforeAll(async () => {
      scratch = temporaryFolder();
      const folders = olmoeCases.map((one) => {
        const folder = join(scratch, one.name);
        const { batchSequences: B, sequenceLength: T } = one.settings.data;
        const tokens = Array.from({ length: B }, (_, b) =>
          Array.from(one.tokens.subarray(b * T, (b + 1) * T)),
        );
        writeOlmoeFiles(folder, olmoeCaseFiles(one));
        writeFileSync(join(folder, "tokens.json"), JSON.stringify(tokens));
        return folder;
      });
      answer = await openWithTransformers(python.path, folders);
    }, 600_000);

    it.each(olmoeCases)("$name", async (one) => {
      const opened = answer.cases[join(scratch, one.name)]!;
      expect(opened.loadingProblems).toEqual({});
      for (const engine of engines) {
        const found = await logitsOf(engine, one.settings, one.router, one.parameters, one.tokens);
        expect(largestDifference(found, opened.logits)).toBeLessThan(1e-4);
      }
    });
  });
}

it("the metadata names format, run and step", () => {
  const { metadata } = decodeSafetensors(olmoeCaseFiles(olmoeCases[0]!)["model.safetensors"], {
    checksum: "required",
  });
  expect(metadata).toEqual({ format: "pt", run: "renormalised", step: "0" });
});

it("an earlier export of the same run may be replaced, nothing else", () => {
  const folder = temporaryFolder();
  expect(filesInTheWay(join(folder, "none"), "renormalised")).toEqual([]);
  expect(filesInTheWay(folder, "renormalised")).toEqual([]);
  writeOlmoeFiles(folder, olmoeCaseFiles(olmoeCases[0]!));
  expect(filesInTheWay(folder, "renormalised")).toEqual([]);
  expect(filesInTheWay(folder, "tied")).toEqual(["config.json", "model.safetensors"]);
  const other = join(folder, "other");
  mkdirSync(other);
  writeFileSync(join(other, "config.json"), "{}");
  writeFileSync(join(other, "notes.txt"), "");
  expect(filesInTheWay(other, "renormalised")).toEqual(["config.json"]);
});
