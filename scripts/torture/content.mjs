// What a runs folder holds, as one word, and locks of a process that plays one that has ended.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inspectRun } from "../../dist/store/read-run.js";

/**
 * SHA-256 of everything in a folder's one run that is a number or a weight.
 * @param {string} runsFolder
 */
export function contentOf(runsFolder) {
  return contentOfRun(join(runsFolder, runNameIn(runsFolder)));
}

/** @param {string} folder of a run */
export function contentOfRun(folder) {
  const found = inspectRun(folder);
  if (!found.isSealed) return `not sealed: ${found.record?.status} ${found.damage.join()}`;
  const hash = createHash("sha256");
  for (const file of ["run.json", "metrics.csv", "routing.csv", "checkpoint/final.safetensors"]) {
    hash.update(readFileSync(join(folder, file)));
  }
  return hash.digest("hex");
}

/** @param {string} runsFolder that holds one run */
export function runNameIn(runsFolder) {
  const [name] = readdirSync(runsFolder);
  if (name === undefined) throw new Error(`${runsFolder} holds no run`);
  return name;
}

/**
 * This process plays one that has ended: its locks are nobody's.
 * @param {string} folder
 */
export function dropLocks(folder) {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  for (const name of names) if (/owner\.\d+\.json$/.test(name)) rmSync(join(folder, name));
}
