import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";

/** Writes a file whole, as `writeFileAtomic` does. */
export type WriteFile = (path: string, content: string | Uint8Array) => void;

/**
 * Writes a file so that a reader sees the old content or the new, never a mixture, also after a power cut:
 * exclusive temporary file in the same folder, size checked, fsync, rename, fsync of the folder.
 * Makes missing parent folders.
 * @param beforeRename throws where the file may not be replaced any more.
 * @throws the file system's error, with the target untouched.
 */
export function writeFileAtomic(path: string, content: string | Uint8Array, beforeRename?: () => void): void {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  const folder = dirname(path);
  makeFolder(folder);
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    const file = openSync(temporary, "wx");
    try {
      writeFileSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    const written = statSync(temporary).size;
    if (written !== bytes.byteLength) {
      throw new Error(`${path}: ${written} of ${bytes.byteLength} bytes were written; is the disk full?`);
    }
    beforeRename?.();
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(folder);
}

/** Whether a file, by its name, is one that `writeFileAtomic` has not yet renamed. */
export function isTemporary(name: string): boolean {
  return /\.[0-9a-f]{8}\.tmp$/.test(name);
}

/**
 * Makes a folder and those above it that are missing, so that they are there after a power cut too: each is synced in the one that lists it.
 * @throws the file system's error.
 */
export function makeFolder(folder: string): void {
  const highest = mkdirSync(folder, { recursive: true });
  if (highest === undefined) return;
  const above = resolve(highest, "..");
  for (let made = resolve(folder); made !== above; made = dirname(made)) syncFolder(dirname(made));
}

/** Makes a rename durable; Windows can't open folders and doesn't need it. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
