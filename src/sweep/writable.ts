import { accessSync, constants, lstatSync, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InputError } from "../core/errors.ts";
import { systemSentence } from "../core/system-errors.ts";

/**
 * Refuses an output folder before any work is done for it. Where it, or what encloses it, is there, a folder is made in it and taken away
 * again: permissions alone don't tell of read-only disks, and some file systems let nobody make anything.
 * @param below folders in it that will be written too, where they are there.
 * @throws InputError
 */
export function checkWritable(out: string, below: readonly string[]): void {
  const refuse = (message: string): never => {
    throw new InputError([{ where: `--out ${out}`, path: "", message }]);
  };
  if (out.trim() === "") refuse("names no folder; leave the flag out to write to results/");
  if (out.includes("\0")) refuse("holds a NUL character, which no path can");
  try {
    const folder = nearest(resolve(out));
    if (!statSync(folder).isDirectory()) refuse(`can't be written: ${folder} is a file`);
    rmdirSync(mkdtempSync(join(folder, ".moe-lab-")));
    for (const path of below)
      if (isThere(path)) accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof InputError) throw error;
    refuse(`can't be written: ${systemSentence(error) ?? String(error)}`);
  }
}

/** The folder, or the nearest one above it that is there. A link that leads nowhere is there, and can't be asked more. */
function nearest(folder: string): string {
  return isThere(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder));
}

/** @throws the file system's error where it can't be told: a name too long, a loop of links. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
