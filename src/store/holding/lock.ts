import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, writeFileAtomic } from "../../core/files.ts";
import { InputError } from "../../core/errors.ts";
import { currentOwner, parseOwner, stateOf } from "./owner.ts";
import type { Owner, OwnerState } from "./owner.ts";

/**
 * A lock on a folder that survives its holder's death. Lock files are numbered, `owner.<n>.json`; the highest number
 * counts. Taking a free or stale lock means linking the next number, which only one process can do; taking needs no
 * deletion, so a slow contender can never remove a newer holder's file.
 */
export interface Lock {
  /** Whether this process still is the holder; asked before anything final is written. */
  held(): boolean;
  /** Shows other hosts that the holder lives; cheap enough to be called at every step. */
  beat(): void;
  /** Frees the lock. `remove` also deletes its file: only when the folder will never be worked on again. */
  release(options?: { readonly remove: boolean }): void;
}

/** Numbers beyond these are not exact, so files named so are none of ours. */
const NAME = /^owner\.([1-9]\d{0,14})\.json$/;
const LARGEST_NUMBER = 999_999_999_999_999;
/**
 * How long a holder may be silent, by the state of its process. Silence is what this process has seen itself: clocks of two hosts
 * differ, and a time in a file may be of the future. Whoever is taken over in error loses work, but can publish nothing (`held`).
 */
const SILENCE_SECONDS: Readonly<Record<OwnerState, number>> = {
  ended: 0,
  stopped: 20,
  "another boot": 120,
  unknown: 120,
  running: 300,
};
/** A record of this host's name and another boot is of before a reboot when it has been still for so long, clocks being that good. */
const REBOOT_AGE_SECONDS = 600;
const BEAT_INTERVAL_MS = 10_000;

/**
 * Takes the lock of a folder (made when missing).
 * @returns the lock, or the living owner that has it.
 */
export function acquireLock(folder: string, owner: Owner = currentOwner()): Lock | Owner {
  makeFolder(folder);
  for (;;) {
    const newest = newestNumber(folder);
    const holder = newest === 0 ? null : livingHolder(folder, newest);
    if (holder !== null) return holder;
    const lock = tryNumber(folder, newest + 1, owner);
    if (lock !== null) return lock;
  }
}

/** @returns null when another process was faster. */
function tryNumber(folder: string, mine: number, owner: Owner): Lock | null {
  if (mine > LARGEST_NUMBER)
    throw new InputError(`${folder}: lock numbers are used up; delete its owner.*.json`);
  const path = lockPath(folder, mine);
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    writeFileSync(temporary, JSON.stringify(owner), { flag: "wx" });
    linkSync(temporary, path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return null;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  if (newestNumber(folder) !== mine) {
    // Others took and freed numbers while this process slept between looking and linking.
    rmSync(path, { force: true });
    return null;
  }
  for (const older of lockNumbers(folder)) if (older < mine) rmSync(lockPath(folder, older), { force: true });
  return holdLock(folder, mine);
}

/** Frees a lock whose holder this process has seen silent for too long, so that others need not watch it as well. */
export function freeSilentLock(folder: string): void {
  if (newestNumber(folder) === 0) return;
  const lock = acquireLock(folder);
  if (!("host" in lock)) lock.release();
}

/** The living owner of a folder's lock; null when nobody works on it. */
export function lockHolder(folder: string): Owner | null {
  const newest = newestNumber(folder);
  return newest === 0 ? null : livingHolder(folder, newest);
}

/** What can be seen of whoever works on a folder. */
export interface LockSign {
  readonly owner: Owner;
  readonly state: OwnerState;
  /** Changes with every sign of life. */
  readonly beat: string;
  /** Since the last one, by this host's clock, which may differ from the other's. */
  readonly ageSeconds: number;
}

/** The holder of a folder's lock as it can be seen in one look, alive or not; null when the lock is free. */
export function lockSign(folder: string): LockSign | null {
  const newest = newestNumber(folder);
  return newest === 0 ? null : signIn(lockPath(folder, newest));
}

/** @returns null when released, unreadable or just deleted. */
function signIn(path: string): LockSign | null {
  try {
    const owner = parseOwner(JSON.parse(readFileSync(path, "utf8")));
    if (owner === null) return null;
    const { mtimeMs, ino } = statSync(path);
    return {
      owner,
      state: stateOf(owner),
      beat: `${mtimeMs} ${ino}`,
      ageSeconds: (Date.now() - mtimeMs) / 1000,
    };
  } catch {
    return null;
  }
}

function holdLock(folder: string, number: number): Lock {
  const path = lockPath(folder, number);
  let lastBeat = performance.now();
  const held = (): boolean => newestNumber(folder) === number;
  return {
    held,
    beat: () => {
      if (performance.now() - lastBeat < BEAT_INTERVAL_MS) return;
      lastBeat = performance.now();
      const now = new Date();
      try {
        if (held()) utimesSync(path, now, now);
      } catch (error) {
        // Taken over in between: the next write finds out.
        if (held()) throw error;
      }
    },
    release: (options) => {
      if (!held()) return;
      if (options?.remove === true) rmSync(path, { force: true });
      else writeFileAtomic(path, JSON.stringify({ released: true }));
    },
  };
}

/** The owner in a lock file when it is alive; null when released, dead, unreadable or just deleted. */
function livingHolder(folder: string, number: number): Owner | null {
  const path = lockPath(folder, number);
  const sign = signIn(path);
  if (sign === null) return null;
  const { owner, state, beat, ageSeconds } = sign;
  if (state === "another boot" && ageSeconds > REBOOT_AGE_SECONDS) return null;
  return silenceSeconds(path, beat) < SILENCE_SECONDS[state] ? owner : null;
}

/** Beats seen by this process: what a lock file's time was, and since when. */
const seen = new Map<string, { readonly beat: string; readonly sinceMs: number }>();

/** How long a lock's time has stood still while this process looked. */
function silenceSeconds(path: string, beat: string): number {
  const now = performance.now();
  const before = seen.get(path);
  if (before?.beat === beat) return (now - before.sinceMs) / 1000;
  seen.set(path, { beat, sinceMs: now });
  return 0;
}

function lockPath(folder: string, number: number): string {
  return join(folder, `owner.${number}.json`);
}

function lockNumbers(folder: string): number[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const match = NAME.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

function newestNumber(folder: string): number {
  return Math.max(0, ...lockNumbers(folder));
}
