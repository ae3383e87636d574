import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { InputError } from "../core/errors.ts";
import { acquireLock } from "./holding/lock.ts";
import type { Owner } from "./holding/owner.ts";
import { checkSeal, extendSeal, SEAL_FILE, writeSeal, type SealCheck } from "./seal.ts";

/**
 * A result folder is written as a set, by one command at a time: what an earlier answer left there goes, and the seal comes
 * last. looks.json is no part of the set: it is history, and grows before there are results.
 */

const OF = "results";
/** How often a folder that another command is writing is looked at. */
const WAIT_MS = 200;
/** Drawing takes seconds; others must see that this process still is at it. */
const BEAT_MS = 5_000;

/** Who may write a result folder: one at a time. */
export interface ResultWriter {
  /**
   * Seals what was written as the folder's whole set.
   * @param written paths.
   * @param stale names of files that an earlier answer may have left; those that were not written now go.
   */
  readonly seal: (written: readonly string[], stale: readonly string[]) => void;
  /** Seals what was written together with what was sealed before. */
  readonly sealMore: (written: readonly string[]) => void;
}

/**
 * Waits until nobody else writes a result folder, then writes it.
 * @param onWait told once who is writing it now.
 * @throws the file system's error, and what `write` throws.
 */
export async function writeResultSet<T>(
  folder: string,
  onWait: (owner: Owner) => void,
  write: (writer: ResultWriter) => Promise<T> | T,
): Promise<T> {
  let lock = acquireLock(folder);
  if ("host" in lock) onWait(lock);
  while ("host" in lock) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    lock = acquireLock(folder);
  }
  const held = lock;
  const beating = setInterval(() => {
    held.beat();
  }, BEAT_MS).unref();
  try {
    return await write({
      seal: (written, stale) => sealAll(folder, written, stale),
      sealMore: (written) => {
        // A folder of an older version, or one that a package shipped, stays without: what stands there is not ours to vouch for.
        extendSeal(folder, OF, namesBelow(folder, written));
      },
    });
  } finally {
    clearInterval(beating);
    held.release({ remove: true });
  }
}

function sealAll(folder: string, written: readonly string[], stale: readonly string[]): void {
  const names = namesBelow(folder, written);
  const before = sealedNames(folder) ?? [];
  for (const name of [...before, ...stale]) {
    if (!names.includes(name)) rmSync(join(folder, name), { force: true });
  }
  writeSeal(folder, OF, filesThere(folder, names));
}

/**
 * Compares a result folder with its seal.
 * @param isWanted the files that the caller relies on.
 */
export function checkResultSeal(folder: string, isWanted?: (name: string) => boolean): SealCheck {
  return checkSeal(folder, OF, isWanted);
}

/** @throws InputError naming every file of the set that is not as it was written, and what to do. */
export function assertSealed(folder: string, isWanted: (name: string) => boolean): void {
  const seal = checkResultSeal(folder, isWanted);
  if (seal.kind !== "broken") return;
  const remedy =
    "the folder is not used, since its files are not of one answer; `moe-lab run` on its experiment writes it again from the runs";
  throw new InputError(
    seal.problems.map((problem) => ({ where: folder, path: "", message: `${problem}; ${remedy}` })),
  );
}

/** Names that the seal lists, without asking whether they are as they were; null without one. */
function sealedNames(folder: string): readonly string[] | null {
  const seal = checkSeal(folder, OF);
  if (seal.kind === "unsealed") return null;
  if (seal.kind === "whole") return seal.files;
  try {
    const { files } = JSON.parse(readFileSync(join(folder, SEAL_FILE), "utf8")) as { files: object };
    // A damaged seal may name anything: only names of this folder itself.
    return Object.keys(files).filter((name) => /^[\w-][\w.-]*$/.test(name));
  } catch {
    return [];
  }
}

function namesBelow(folder: string, paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => relative(folder, path).split(sep).join("/")))];
}

function filesThere(folder: string, names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => existsSync(join(folder, name)));
}
