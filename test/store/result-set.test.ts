import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { readExperimentFiles, writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { acquireLock } from "../../src/store/holding/lock.ts";
import { writeResultSet } from "../../src/store/result-set.ts";
import { temporaryFolder } from "../support/folder.ts";
import { example } from "../tables/example.ts";

async function sealedFolder(): Promise<string> {
  const folder = temporaryFolder();
  await writeResultSet(
    folder,
    () => undefined,
    (writer) => writer.seal(writeExperimentFiles(folder, example), []),
  );
  return folder;
}

test("a sealed folder is read as it was written", async () => {
  expect(readExperimentFiles(await sealedFolder())).toEqual(example);
});

test.each(["experiment.json", "runs.csv", "curves.csv", "load.csv", "matrices.csv"])(
  "%s deleted, cut by its last line, or with another digit: refused by name, with the remedy",
  async (file) => {
    const folder = await sealedFolder();
    const path = join(folder, file);
    const text = readFileSync(path, "utf8");
    const digit = text.search(/[2-8](?=[^0-9]*$)/);
    const damages = [
      text.slice(0, text.trimEnd().lastIndexOf("\n") + 1),
      text.slice(0, digit) + "9" + text.slice(digit + 1),
    ];
    const refusal = (): string => {
      try {
        readExperimentFiles(folder);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        return (error as InputError).message;
      }
      return "it was read";
    };
    for (const damage of damages) {
      writeFileSync(path, damage);
      expect(refusal()).toMatch(new RegExp(`${file.replace(".", "\\.")}.*moe-lab run`));
    }
    rmSync(path);
    expect(refusal()).toContain(`${file} is missing`);
  },
);

test("files of two answers beside each other are not one", async () => {
  const folder = await sealedFolder();
  const seal = readFileSync(join(folder, "seal.json"));
  const [first] = example.runs;
  writeExperimentFiles(folder, { ...example, runs: [first!] });
  writeFileSync(join(folder, "seal.json"), seal);
  expect(() => readExperimentFiles(folder)).toThrow("runs.csv has 1 row where it was sealed");
});

test("what an earlier answer left goes, what is somebody else's stays, and nothing of the lock is left", async () => {
  const folder = await sealedFolder();
  for (const name of ["power.png", "notes.txt", "looks.json"]) writeFileSync(join(folder, name), "");
  mkdirSync(join(folder, "recipes"));
  await writeResultSet(
    folder,
    () => undefined,
    (writer) => {
      const files = writeExperimentFiles(folder, { ...example, looks: undefined } as never);
      writeFileSync(join(folder, "difference.png"), "picture");
      writer.seal(
        [...files.filter((path) => !path.endsWith("load.csv")), join(folder, "difference.png")],
        ["power.png", "difference.png"],
      );
    },
  );
  const names = readdirSync(folder);
  expect(names).toEqual(
    expect.arrayContaining(["difference.png", "looks.json", "notes.txt", "recipes", "seal.json"]),
  );
  expect(names).not.toContain("power.png");
  expect(names).not.toContain("load.csv");
  expect(names.filter((name) => name.startsWith("owner."))).toEqual([]);
});

test("two writers at once: the second waits for the first", async () => {
  const folder = temporaryFolder();
  const lock = acquireLock(folder);
  if ("host" in lock) throw new Error("held");
  const told: number[] = [];
  const second = writeResultSet(
    folder,
    ({ pid }) => told.push(pid),
    () => writeFileSync(join(folder, "second"), ""),
  );
  expect(told).toEqual([process.pid]);
  expect(existsSync(join(folder, "second"))).toBe(false);
  lock.release({ remove: true });
  await second;
  expect(existsSync(join(folder, "second"))).toBe(true);
});
