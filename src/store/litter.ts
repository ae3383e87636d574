import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { lockHolder } from "./holding/lock.ts";
import { inspectRun, runsFolderOf } from "./read-run.ts";

/** A file that nothing needs. */
export interface Litter {
  readonly path: string;
  readonly bytes: number;
  readonly why: string;
}

/** A write that is going on has a temporary file, too, but not for so long. */
const TEMPORARY_AGE_MS = 3_600_000;

/**
 * Files below an output folder that nothing needs: temporary files of writes that were cut off, what was set aside as damaged, and in
 * finished runs step checkpoints and lock files. Folders that somebody works on are left out; runs and results are never litter.
 */
export function litterIn(out: string): Litter[] {
  const runsFolder = runsFolderOf(out);
  return [out, ...foldersIn(out).filter((path) => path !== runsFolder), ...foldersIn(runsFolder)].flatMap(
    (folder) => (lockHolder(folder) === null ? litterOf(folder) : []),
  );
}

function litterOf(folder: string): Litter[] {
  const checkpoints = join(folder, "checkpoint");
  const isFinished = existsSync(join(folder, "run.json")) && inspectRun(folder).record?.status === "finished";
  return [...filesIn(folder), ...filesIn(checkpoints)].flatMap(({ path, bytes, changedMs }): Litter[] => {
    const why = reasonFor(path, isFinished, Date.now() - changedMs);
    return why === null ? [] : [{ path, bytes, why }];
  });
}

function reasonFor(path: string, isFinished: boolean, ageMs: number): string | null {
  if (path.endsWith(".tmp")) return ageMs > TEMPORARY_AGE_MS ? "of a write that was cut off" : null;
  if (path.endsWith(".damaged")) return "set aside as damaged";
  if (!isFinished) return null;
  if (/step-\d+\.safetensors$/.test(path)) return "a checkpoint of a run that has finished";
  return /owner\.\d+\.json$/.test(path) ? "a lock of a run that has finished" : null;
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

function filesIn(
  folder: string,
): { readonly path: string; readonly bytes: number; readonly changedMs: number }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => {
      const path = join(folder, name);
      const { size, mtimeMs } = statSync(path);
      return { path, bytes: size, changedMs: mtimeMs };
    });
}
