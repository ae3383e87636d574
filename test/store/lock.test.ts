import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { acquireLock, lockHolder } from "../../src/store/lock.ts";
import type { Lock } from "../../src/store/lock.ts";
import { currentOwner, isAlive } from "../../src/store/owner.ts";
import { temporaryFolder } from "../support/runs.ts";

function taken(result: ReturnType<typeof acquireLock>): Lock {
  if ("host" in result) throw new Error(`held by ${result.pid}`);
  return result;
}

test("a held lock is refused with its owner, a released one can be taken again", () => {
  const folder = temporaryFolder();
  const first = taken(acquireLock(folder));
  expect(acquireLock(folder)).toEqual(currentOwner());
  expect(lockHolder(folder)).toEqual(currentOwner());
  first.release();
  expect(lockHolder(folder)).toBeNull();
  const second = taken(acquireLock(folder));
  expect([first.held(), second.held()]).toEqual([false, true]);
});

test("a lock that is removed at its release leaves nothing", () => {
  const folder = temporaryFolder();
  taken(acquireLock(folder)).release({ remove: true });
  expect(readdirSync(folder)).toEqual([]);
});

test("a dead owner's lock is free: pid gone, pid of a stranger, other boot", async () => {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
  await once(child, "spawn");
  const mine = currentOwner();
  const childOwner = { ...mine, pid: child.pid ?? 0, processStart: null };
  expect(isAlive(childOwner)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isAlive(childOwner)).toBe(false);
  expect(isAlive({ ...mine, bootId: "another boot" })).toBe(false);
  if (process.platform === "linux") expect(isAlive({ ...mine, processStart: "1" })).toBe(false);

  const folder = temporaryFolder();
  const stale = taken(acquireLock(folder, childOwner));
  expect(lockHolder(folder)).toBeNull();
  const next = taken(acquireLock(folder));
  expect(stale.held()).toBe(false);
  // The old holder's late release must not free the new holder's lock.
  stale.release();
  expect(next.held()).toBe(true);
  expect(lockHolder(folder)).toEqual(mine);
});

test("an owner on another host counts as alive until it has been silent for two minutes", () => {
  const folder = temporaryFolder();
  const remote = { ...currentOwner(), host: "another-host" };
  taken(acquireLock(folder, remote));
  expect(acquireLock(folder)).toEqual(remote);
  const old = new Date(Date.now() - 121_000);
  utimesSync(join(folder, "owner.1.json"), old, old);
  expect(taken(acquireLock(folder)).held()).toBe(true);
});

test("a lock file that is not one is free", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "owner.1.json"), "{ half");
  expect(taken(acquireLock(folder)).held()).toBe(true);
});
