import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeFileAtomic } from "../../src/core/files.ts";
import { temporaryFolder } from "../support/folder.ts";

it("writes text and bytes, over what was there, making folders; nothing else is left", () => {
  const folder = temporaryFolder();
  const file = join(folder, "deep", "er", "file.txt");
  writeFileAtomic(file, "first, and longer");
  writeFileAtomic(file, "é");
  expect([...readFileSync(file)]).toEqual([0xc3, 0xa9]);
  writeFileAtomic(file, Uint8Array.of(0, 255));
  expect([...readFileSync(file)]).toEqual([0, 255]);
  writeFileAtomic(file, "");
  expect(readFileSync(file, "utf8")).toBe("");
  expect(readdirSync(join(folder, "deep", "er"))).toEqual(["file.txt"]);
});

it("a reader who opened the old file goes on reading the old one: the new one is another file", () => {
  const folder = temporaryFolder();
  const file = join(folder, "file.txt");
  writeFileSync(file, "old");
  const before = statSync(file).ino;
  writeFileAtomic(file, "new");
  expect(statSync(file).ino).not.toBe(before);
  expect(readFileSync(file, "utf8")).toBe("new");
});

it("where it fails, the old file stands and no temporary one", () => {
  const folder = temporaryFolder();
  const target = join(folder, "target");
  mkdirSync(target);
  writeFileSync(join(target, "inside"), "old");
  // A folder that is not empty can't be replaced by a file.
  expect(() => writeFileAtomic(target, "new")).toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
  expect(readFileSync(join(target, "inside"), "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["target"]);
});

it("where a parent is a file, nothing is written", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "old");
  expect(() => writeFileAtomic(join(folder, "file", "below"), "new")).toThrow(/ENOTDIR|EEXIST/);
  expect(readFileSync(join(folder, "file"), "utf8")).toBe("old");
});
