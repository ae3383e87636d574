import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RunError } from "../../core/errors.ts";
import { isTemporary, writeFileAtomic, type WriteFile } from "../../core/files.ts";
import type { Lock } from "./lock.ts";

/**
 * What keeps a holder that was stopped and taken over from writing when it wakes, at whatever moment of a write it was stopped. It makes its
 * temporary file, then asks whether the lock still is its own, then renames; whoever takes over takes the lock, then deletes temporary files. So
 * the woken one finds the lock taken, or its file gone.
 */

/** Folders of a run, below its own, into which its holder writes. */
const WRITTEN = ["", "checkpoint", "weights"];

/**
 * Writes files of a run for its holder alone.
 * @throws Error, the target untouched, where the lock was taken by another process, and RunError where the folder was deleted.
 */
export function fencedBy(folder: string, lock: Lock): WriteFile {
  const assertOwn = (): void => assertHeld(folder, lock);
  return (path, content) => {
    // Asked before anything is made, too: a folder that was deleted stays so.
    assertOwn();
    try {
      writeFileAtomic(path, content, assertOwn);
    } catch (error) {
      assertOwn();
      throw error;
    }
  };
}

/** Makes writes fail that an earlier holder of a run had begun; called by whoever has just taken its lock. */
export function fenceOff(folder: string): void {
  for (const written of WRITTEN.map((name) => join(folder, name)).filter((path) => existsSync(path))) {
    for (const name of readdirSync(written)) {
      // Lock files are linked, not renamed, and belong to whoever tries to take the lock now.
      if (isTemporary(name) && !name.startsWith("owner.")) rmSync(join(written, name), { force: true });
    }
  }
}

function assertHeld(folder: string, lock: Lock): void {
  if (!existsSync(folder)) {
    throw new RunError(
      `${folder} was deleted while the run was trained`,
      "The same command starts it again.",
    );
  }
  if (!lock.held()) throw new Error(`${folder}: another process has taken over this run`);
}
