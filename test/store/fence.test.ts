import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fencedBy, fenceOff } from "../../src/store/holding/fence.ts";
import type { Lock } from "../../src/store/holding/lock.ts";
import { temporaryFolder } from "../support/folder.ts";

/** A lock whose holder is taken over at its n-th question, just before (the answer is no) or just after (it was yes). */
function takenOverAt(folder: string, question: number, when: "before" | "after"): Lock {
  let asked = 0;
  let isTaken = false;
  const held = (): boolean => {
    asked += 1;
    if (asked !== question) return !isTaken;
    isTaken = true;
    fenceOff(folder);
    return when === "after";
  };
  return { held, beat: () => undefined, release: () => undefined };
}

// Asked before the temporary file is made, and before it is renamed.
test.each([
  [1, "before"],
  [1, "after"],
  [2, "before"],
  [2, "after"],
] as const)("a holder that is taken over at its question %i, %s the answer, writes nothing", (at, when) => {
  const folder = temporaryFolder();
  const path = join(folder, "run.json");
  writeFileSync(path, "the new holder's");
  const write = fencedBy(folder, takenOverAt(folder, at, when));
  expect(() => write(path, "the old holder's")).toThrow("another process has taken over this run");
  expect(readFileSync(path, "utf8")).toBe("the new holder's");
  expect(readdirSync(folder)).toEqual(["run.json"]);
});

test("a holder writes, and whoever takes over leaves whole files and locks as they are", () => {
  const folder = temporaryFolder();
  const path = join(folder, "checkpoint", "step-1.safetensors");
  fencedBy(folder, takenOverAt(folder, Infinity, "before"))(path, "its own");
  expect(readFileSync(path, "utf8")).toBe("its own");
  const lock = "owner.2.json.01234567.tmp";
  writeFileSync(join(folder, lock), "of one who tries to take it");
  writeFileSync(join(folder, "checkpoint", "step-2.safetensors.01234567.tmp"), "half");
  fenceOff(folder);
  expect(readdirSync(folder).sort()).toEqual(["checkpoint", lock]);
  expect(readdirSync(join(folder, "checkpoint"))).toEqual(["step-1.safetensors"]);
});
