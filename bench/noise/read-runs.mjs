import { readFileSync } from "node:fs";

/** @import { NoiseRun } from "./run.mjs" */

/**
 * The runs in a file that train.mjs wrote, one a line.
 * @param {string} file
 * @returns {NoiseRun[]}
 */
export function readRuns(file) {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => /** @type {NoiseRun} */ (JSON.parse(line)));
}
