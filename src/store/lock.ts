import { randomUUID } from "node:crypto";
import {
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../core/files.ts";
import { currentOwner, isAlive, isLocal, parseOwner } from "./owner.ts";
import type { Owner } from "./owner.ts";

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

const NAME = /^owner\.(\d+)\.json$/;
/** A holder on another host counts as dead after this many seconds without a beat. */
const REMOTE_SILENCE_SECONDS = 120;
const BEAT_INTERVAL_MS = 10_000;

/**
 * Takes the lock of a folder (made when missing).
 * @returns the lock, or the living owner that has it.
 */
export function acquireLock(folder: string, owner: Owner = currentOwner()): Lock | Owner {
  mkdirSync(folder, { recursive: true });
  const newest = newestNumber(folder);
  const holder = newest === 0 ? null : livingHolder(folder, newest);
  if (holder !== null) return holder;
  const mine = newest + 1;
  const path = lockPath(folder, mine);
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    writeFileSync(temporary, JSON.stringify(owner), { flag: "wx" });
    linkSync(temporary, path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST")
      return acquireLock(folder, owner);
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  if (newestNumber(folder) !== mine) {
    // Others took and freed numbers while this process slept between looking and linking.
    rmSync(path, { force: true });
    return acquireLock(folder, owner);
  }
  for (const older of lockNumbers(folder)) if (older < mine) rmSync(lockPath(folder, older), { force: true });
  return holdLock(folder, mine);
}

/** The living owner of a folder's lock; null when nobody works on it. */
export function lockHolder(folder: string): Owner | null {
  const newest = newestNumber(folder);
  return newest === 0 ? null : livingHolder(folder, newest);
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
      if (held()) utimesSync(path, now, now);
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
  let owner: Owner | null;
  let beatMs: number;
  try {
    owner = parseOwner(JSON.parse(readFileSync(path, "utf8")));
    beatMs = statSync(path).mtimeMs;
  } catch {
    return null;
  }
  if (owner === null) return null;
  const alive = isLocal(owner) ? isAlive(owner) : (Date.now() - beatMs) / 1000 < REMOTE_SILENCE_SECONDS;
  return alive ? owner : null;
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
