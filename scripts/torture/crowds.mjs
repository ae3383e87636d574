// Processes that are stopped, taken over and woken, and many that start at once on one folder.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { contentOf, contentOfRun } from "./content.mjs";
import { CROWD_RUNS, doRun } from "./run-of-three.mjs";

const DRIVER = fileURLToPath(new URL("run-of-three.mjs", import.meta.url));
/** Drivers stopped at a time: each is a process. */
const STOPPED_AT_ONCE = 24;
const CROWD = 20;
/** Between two looks at a lock that a stopped process holds. */
const LOOK_MS = 500;

/** @typedef {{ parts: string, failures: string[] }} Tried */
/** @typedef {{ at: number, folder: string, child: import("node:child_process").ChildProcess, ended: Promise<number | null> }} Stopped */

/**
 * SIGSTOP at operations of the run; another process takes it over and ends it; SIGCONT. The run must be what it is when nothing befalls it, and
 * the woken one must not have touched it.
 * @param {string} scratch
 * @param {{ operations: number, content: string }} whole
 * @param {number} stride between two operations
 * @returns {Promise<Tried>}
 */
export async function stops(scratch, { operations, content }, stride) {
  const points = Array.from({ length: Math.ceil(operations / stride) }, (_, at) => 1 + at * stride);
  /** @type {string[]} */
  const failures = [];
  let takenOver = 0;
  for (let start = 0; start < points.length; start += STOPPED_AT_ONCE) {
    const stopped = points.slice(start, start + STOPPED_AT_ONCE).map((at) => startStopped(scratch, at));
    await Promise.all(stopped.map(({ child }) => untilStopped(child)));
    for (const { at, folder } of await takeOver(stopped, failures)) {
      takenOver += 1;
      if (contentOf(folder) !== content) failures.push(`stopped at ${at}, taken over: ${contentOf(folder)}`);
    }
    for (const { child } of stopped) child.kill("SIGCONT");
    await Promise.all(stopped.map(({ ended }) => ended));
    for (const { at, folder } of stopped)
      if (contentOf(folder) !== content) failures.push(`stopped at ${at}, woken: ${contentOf(folder)}`);
  }
  return {
    parts: `stops ${points.length}, taken over ${takenOver}, equal ${points.length - failures.length}`,
    failures,
  };
}

/**
 * @param {string} scratch
 * @param {number} at
 * @returns {Stopped}
 */
function startStopped(scratch, at) {
  const folder = mkdtempSync(join(scratch, "stopped-"));
  const child = spawn(process.execPath, [DRIVER, folder, String(at), "before", "SIGSTOP"], {
    stdio: "ignore",
  });
  return { at, folder, child, ended: new Promise((resolve) => child.on("exit", resolve)) };
}

/**
 * Until a process is stopped, or has ended.
 * @param {import("node:child_process").ChildProcess} child
 */
async function untilStopped(child) {
  const state = () => {
    try {
      return /\) (\w)/.exec(readFileSync(`/proc/${child.pid}/stat`, "utf8"))?.[1] ?? "Z";
    } catch {
      return "Z";
    }
  };
  while (!/[TZ]/.test(state())) await pause(20);
}

/**
 * Does the runs of stopped processes, as soon as their locks let one.
 * @param {readonly Stopped[]} stopped
 * @param {string[]} failures
 */
async function takeOver(stopped, failures) {
  const waiting = new Set(stopped);
  const deadline = performance.now() + 60_000;
  while (waiting.size > 0 && performance.now() < deadline) {
    for (const one of waiting) if (doRun(one.folder) !== "busy") waiting.delete(one);
    await pause(LOOK_MS);
  }
  for (const { at } of waiting) failures.push(`stopped at ${at}: not to be taken over within a minute`);
  return stopped.filter((one) => !waiting.has(one));
}

/**
 * Twenty processes at once on forty runs, half of them on a host of another name where the system lets one be made: each run is done once.
 * @param {string} scratch
 * @param {number} rounds
 * @returns {Promise<Tried>}
 */
export async function crowds(scratch, rounds) {
  const contents = contentsOfRuns(await crowd(mkdtempSync(join(scratch, "alone-")), 1, false));
  const hasHosts = spawnSync("unshare", ["--uts", "true"]).status === 0;
  /** @type {string[]} */
  const failures = [];
  for (let round = 0; round < rounds; round++) {
    const { folder, done } = await crowd(mkdtempSync(join(scratch, "crowd-")), CROWD, hasHosts);
    const times = Array.from(
      { length: CROWD_RUNS },
      (_, at) => done.filter((seed) => seed === at + 1).length,
    );
    times.forEach((count, at) => {
      if (count !== 1) failures.push(`round ${round}, run ${at + 1}: done ${count} times`);
    });
    const own = contentsOfRuns({ folder, done });
    for (const [name, content] of contents)
      if (own.get(name) !== content) failures.push(`round ${round}, ${name}: ${own.get(name)}`);
  }
  const hosts = hasHosts ? "2 hosts" : "1 host (unshare --uts is not allowed here)";
  return {
    parts: `rounds ${rounds}, ${CROWD} processes, ${hosts}, runs ${rounds * CROWD_RUNS}, done once and equal ${rounds * CROWD_RUNS - failures.length}`,
    failures,
  };
}

/**
 * @param {string} folder
 * @param {number} size
 * @param {boolean} hasHosts
 * @returns {Promise<{ folder: string, done: number[] }>} seeds of the runs that were done, as often as they were
 */
async function crowd(folder, size, hasHosts) {
  const own = [process.execPath, DRIVER, folder, "all"];
  const members = Array.from({ length: size }, (_, at) => {
    const command = [...own, String(Math.floor((at * CROWD_RUNS) / size))];
    const elsewhere = ["unshare", "--uts", "sh", "-c", 'hostname another-host && exec "$@"', "sh"];
    const [program = "", ...args] = hasHosts && at % 2 === 1 ? [...elsewhere, ...command] : command;
    return spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  });
  const printed = await Promise.all(
    members.map(async ({ stdout }) => {
      let text = "";
      for await (const chunk of stdout) text += String(chunk);
      return text;
    }),
  );
  return { folder, done: printed.flatMap((text) => text.trim().split(" ").filter(Boolean).map(Number)) };
}

/** @param {{ folder: string, done: readonly number[] }} crowd */
function contentsOfRuns({ folder }) {
  return new Map(readdirSync(folder).map((name) => [name, contentOfRun(join(folder, name))]));
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
