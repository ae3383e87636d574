// Power lost after each operation of a run, the disk in many of the states in which it may be left.
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../dist/core/errors.js";
import { writeFileAtomic } from "../../dist/core/files.js";
import { checkResultSeal, writeResultSet } from "../../dist/store/result-set.js";
import { inspectRun } from "../../dist/store/read-run.js";
import { contentOf, dropLocks, runNameIn } from "./content.mjs";
import { makeState, watchDisk } from "./power.mjs";
import { doRun } from "./run-of-three.mjs";

/** @typedef {{ disk: import("./power.mjs").Disk, sureStep: number, hasEnded: boolean }} Cut */

/**
 * After every cut: what reads as finished is the whole run, a run that had ended is there, one that had not goes on from a checkpoint no older
 * than the last that was written, and comes to the same bits. A result folder is the old set, the new one, or refused.
 * @param {string} scratch
 * @param {string} content of the run that nothing befell
 * @param {number} draws states at random after each operation, beside the least and the most
 * @returns {Promise<{ parts: string, failures: string[] }>}
 */
export async function powerCuts(scratch, content, draws) {
  const ofRuns = await tryCuts(scratch, draws, runCuts, (cut, folder) => problemOfRun(cut, folder, content));
  const ofResults = await tryCuts(scratch, draws, resultCuts, problemOfResults);
  const failures = [...ofRuns.failures, ...ofResults.failures];
  const states = ofRuns.states + ofResults.states;
  const changes = ofRuns.changes + ofResults.changes;
  return { parts: `changes ${changes}, states ${states}, old or new ${states - failures.length}`, failures };
}

/**
 * @param {string} scratch
 * @param {number} draws
 * @param {(folder: string) => Promise<Cut[]>} cutsOf
 * @param {(cut: Cut, folder: string) => string | null} problemAfter
 */
async function tryCuts(scratch, draws, cutsOf, problemAfter) {
  const cuts = await cutsOf(mkdtempSync(join(scratch, "powered-")));
  // A linear congruential generator with a fixed seed: the same states every time.
  let state = 4321;
  const random = () => (state = (1103515245 * state + 12345) % 2 ** 31) / 2 ** 31;
  /** @type {import("./power.mjs").Choice[]} */
  const choices = ["least", "most", ...Array.from({ length: draws }, () => random)];
  const folder = join(scratch, "cut");
  /** @type {string[]} */
  const failures = [];
  for (const [at, cut] of cuts.entries()) {
    for (const [number, choose] of choices.entries()) {
      makeState(cut.disk, folder, choose);
      dropLocks(folder);
      const problem = problemAfter(cut, folder);
      if (problem !== null) failures.push(`after change ${at}, state ${number}: ${problem}`);
    }
  }
  return { changes: cuts.length, states: cuts.length * choices.length, failures };
}

/**
 * @param {string} folder
 * @returns {Promise<Cut[]>}
 */
async function runCuts(folder) {
  /** @type {Cut[]} */
  const cuts = [];
  let sureStep = 0;
  await watchDisk(
    folder,
    () =>
      doRun(folder, {
        onCheckpoint: (step) => {
          sureStep = step;
          const latest = cuts.at(-1);
          if (latest !== undefined) cuts.push({ ...latest, sureStep });
        },
      }),
    (disk) => cuts.push({ disk, sureStep, hasEnded: false }),
  );
  return withEnd(cuts);
}

/**
 * A set of files that is written over another one.
 * @param {string} folder
 * @returns {Promise<Cut[]>}
 */
async function resultCuts(folder) {
  await writeSet(folder, "old");
  /** @type {Cut[]} */
  const cuts = [];
  await watchDisk(
    folder,
    () => writeSet(folder, "new"),
    (disk) => cuts.push({ disk, sureStep: 0, hasEnded: false }),
  );
  return withEnd(cuts);
}

/** @param {readonly Cut[]} cuts */
function withEnd(cuts) {
  const latest = cuts.at(-1);
  return latest === undefined ? [] : [...cuts, { ...latest, hasEnded: true }];
}

const SET = ["experiment.json", "runs.csv", "summary.csv"];

/**
 * @param {string} folder
 * @param {string} answer stands in every file
 */
function writeSet(folder, answer) {
  const wait = () => {
    throw new Error("nobody else writes here");
  };
  return writeResultSet(folder, wait, ({ seal }) => {
    // An older answer had a picture that the new one has not.
    const names = answer === "old" ? [...SET, "power.png"] : SET;
    const paths = names.map((name) => join(folder, name));
    for (const path of paths) writeFileAtomic(path, `${answer}\n`);
    seal(paths, ["power.png"]);
  });
}

/**
 * @param {Cut} cut
 * @param {string} folder
 * @returns what is wrong; null where nothing is.
 */
function problemOfResults({ hasEnded }, folder) {
  const seal = checkResultSeal(folder);
  if (hasEnded && seal.kind !== "whole") return `was written, and is ${seal.kind}`;
  if (seal.kind === "broken") return null;
  const answers = new Set(SET.map((name) => readFileSync(join(folder, name), "utf8")));
  return answers.size === 1 ? null : `reads as ${seal.kind}, of two answers`;
}

/**
 * @param {Cut} cut
 * @param {string} folder
 * @param {string} content
 * @returns what is wrong; null where nothing is.
 */
function problemOfRun({ sureStep, hasEnded }, folder, content) {
  try {
    const isFinished =
      hasRun(folder) && inspectRun(join(folder, runNameIn(folder))).record?.status === "finished";
    if (isFinished && contentOf(folder) !== content) return "reads as finished, and is not the run";
    if (hasEnded && !isFinished) return "had ended, and is not there";
    let resumedFrom = isFinished ? Infinity : 0;
    doRun(folder, { onStart: (step) => (resumedFrom = step) });
    if (resumedFrom < sureStep)
      return `goes on from step ${resumedFrom}, with a checkpoint of step ${sureStep} written`;
    return contentOf(folder) === content ? null : `in the end: ${contentOf(folder)}`;
  } catch (error) {
    return messageOf(error);
  }
}

/** @param {string} folder */
function hasRun(folder) {
  try {
    runNameIn(folder);
    return true;
  } catch {
    return false;
  }
}
