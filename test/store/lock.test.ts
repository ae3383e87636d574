import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { acquireLock, freeSilentLock, lockHolder } from "../../src/store/holding/lock.ts";
import type { Lock } from "../../src/store/holding/lock.ts";
import type { Owner } from "../../src/store/holding/owner.ts";
import { currentOwner, stateOf } from "../../src/store/holding/owner.ts";
import { temporaryFolder } from "../support/folder.ts";

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
  // Nobody wrote down when it started, so a process of this number may be a stranger's.
  expect(stateOf(childOwner)).toBe("unknown");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(stateOf(childOwner)).toBe("ended");
  expect(stateOf({ ...mine, bootId: "another boot" })).toBe("another boot");
  if (process.platform === "linux") expect(stateOf({ ...mine, processStart: "1" })).toBe("ended");

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

/** Seconds pass, for whoever asks `performance.now`. */
function clock(): { readonly pass: (seconds: number) => void } {
  const real = performance.now.bind(performance);
  let passed = 0;
  const spy = vi.spyOn(performance, "now").mockImplementation(() => real() + passed);
  onTestFinished(() => spy.mockRestore());
  return { pass: (seconds) => void (passed += 1000 * seconds) };
}

const OTHERS: readonly (readonly [string, Partial<Owner>])[] = [
  ["of another host", { host: "another-host" }],
  ["of a host of the same name, on a shared disk", { bootId: "another boot" }],
  ["whose start nobody wrote down, with a living process of its number", { processStart: null }],
];

test.each(OTHERS)("an owner %s counts as alive until it was seen silent for two minutes", (_, others) => {
  const folder = temporaryFolder();
  const { pass } = clock();
  const remote = { ...currentOwner(), ...others };
  taken(acquireLock(folder, remote));
  const path = join(folder, "owner.1.json");
  expect(acquireLock(folder)).toEqual(remote);
  pass(119);
  expect(acquireLock(folder)).toEqual(remote);
  // It beats, by a clock that is a day ahead: what counts is that the time changes.
  const ahead = new Date(Date.now() + 86_400_000);
  utimesSync(path, ahead, ahead);
  expect(acquireLock(folder)).toEqual(remote);
  pass(119);
  expect(acquireLock(folder)).toEqual(remote);
  pass(2);
  expect(taken(acquireLock(folder)).held()).toBe(true);
});

test("a lock of before a reboot is free at once, when it is old", () => {
  const folder = temporaryFolder();
  taken(acquireLock(folder, { ...currentOwner(), bootId: "another boot" }));
  const old = new Date(Date.now() - 700_000);
  utimesSync(join(folder, "owner.1.json"), old, old);
  expect(taken(acquireLock(folder)).held()).toBe(true);
});

test.skipIf(process.platform === "win32")(
  "a stopped process of this host is waited for 20 seconds",
  async () => {
    const folder = temporaryFolder();
    const { pass } = clock();
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
    await once(child, "spawn");
    const { pid = 0 } = child;
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const processStart = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    const owner = { ...currentOwner(), pid, processStart };
    taken(acquireLock(folder, owner));
    child.kill("SIGSTOP");
    await vi.waitFor(() => expect(stateOf(owner)).toBe("stopped"));
    expect(acquireLock(folder)).toEqual(owner);
    pass(21);
    expect(taken(acquireLock(folder)).held()).toBe(true);
    child.kill("SIGKILL");
  },
);

test("files that only look like locks change nothing", () => {
  const folder = temporaryFolder();
  for (const name of [
    "owner.100000000000000000000.json",
    "owner.01.json",
    "owner.-1.json",
    "owner.1e20.json",
  ]) {
    writeFileSync(join(folder, name), JSON.stringify(currentOwner()));
  }
  const lock = taken(acquireLock(folder));
  expect(lock.held()).toBe(true);
  writeFileSync(join(folder, "owner.999999999999999.json"), "{}");
  expect(lock.held()).toBe(false);
  expect(() => acquireLock(folder)).toThrow("lock numbers are used up; delete its owner.*.json");
});

test("a silent lock that was freed is free for a process that never watched it", () => {
  const folder = temporaryFolder();
  const { pass } = clock();
  taken(acquireLock(folder, { ...currentOwner(), host: "another-host" }));
  freeSilentLock(folder);
  expect(lockHolder(folder)?.host).toBe("another-host");
  pass(121);
  freeSilentLock(folder);
  expect(readFileSync(join(folder, "owner.2.json"), "utf8")).toBe('{"released":true}');
});

test("a lock file that is not one is free", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "owner.1.json"), "{ half");
  expect(taken(acquireLock(folder)).held()).toBe(true);
});
