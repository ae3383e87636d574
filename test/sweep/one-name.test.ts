import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { claimName, refuseOtherFile, refuseTakenName } from "../../src/sweep/one-name.ts";
import { checkWritable } from "../../src/sweep/writable.ts";
import { temporaryFolder } from "../support/folder.ts";

function twoFiles(): {
  readonly a: string;
  readonly b: string;
  readonly place: Parameters<typeof refuseOtherFile>[1];
} {
  const folder = temporaryFolder();
  const [a, b] = [join(folder, "a.json"), join(folder, "b.json")];
  writeFileSync(a, '{ "name": "same", "seeds": 3 }');
  writeFileSync(b, '{ "name": "same", "seeds": 1 }');
  const place = {
    runsFolder: join(folder, "results", "runs"),
    folder: join(folder, "results", "same"),
    name: "same",
  };
  claimName(a, place.runsFolder, place.name);
  return { a, b, place };
}

test("a second file of one name is refused, with both files and how to go on", () => {
  const { a, b, place } = twoFiles();
  expect(() => refuseOtherFile(a, place)).not.toThrow();
  expect(() => refuseOtherFile(b, place)).toThrow(
    /b\.json: name: .*same holds the results of .*a\.json.*"name".*--out/,
  );
});

test("a file that was renamed, given another name, or copied as it is may go on", () => {
  const moved = twoFiles();
  renameSync(moved.a, moved.b);
  expect(() => refuseOtherFile(moved.b, moved.place)).not.toThrow();
  const renamed = twoFiles();
  writeFileSync(renamed.a, '{ "name": "other" }');
  expect(() => refuseOtherFile(renamed.b, renamed.place)).not.toThrow();
  const copied = twoFiles();
  writeFileSync(copied.b, '{ "name": "same", "seeds": 3 }');
  expect(() => refuseOtherFile(copied.b, copied.place)).not.toThrow();
});

test("an experiment can't be called as the folder of the runs", () => {
  for (const name of ["runs", "Runs", "tables", "figures"]) {
    expect(() => refuseTakenName(name, "x.json:1:1")).toThrow(/can't be an experiment's name/);
  }
  expect(() => refuseTakenName("runs-of-mine", "x.json:1:1")).not.toThrow();
});

test.skipIf(process.platform !== "linux").each([
  ["", /names no folder/],
  ["/proc/moe-lab", /can't be written: .*\((ENOENT|EACCES|EPERM)\)/],
  ["/dev/null", /is a file/],
  [`/tmp/${"x".repeat(300)}`, /name in the path is too long/],
  ["/tmp/a\0b", /NUL/],
])("--out %j is refused in a sentence", (out, message) => {
  expect(() => checkWritable(out, [])).toThrow(message);
});
