// What docs/reliability.md promises, tried: npm run torture [-- --short] [--only PART]. One line a promise, exit code 1 where one is broken.
// The real store with made-up numbers for what counts operations; the real command for kills from outside. Needs dist/.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { inspectRun } from "../../dist/store/read-run.js";
import { systemError, withFaults } from "./faults.mjs";
import { fuzz } from "./fuzz.mjs";
import { contentOf, dropLocks, runNameIn } from "./content.mjs";
import { crowds, stops } from "./crowds.mjs";
import { powerCuts } from "./power-cuts.mjs";
import { doRun } from "./run-of-three.mjs";

const isShort = process.argv.includes("--short");
/** `--only kills`, `faults`, `power`, `stops`, `crowds`, `damage`, `fuzz` or `outside`: one part. */
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : null;
const DRIVER = fileURLToPath(new URL("run-of-three.mjs", import.meta.url));
const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "moe-lab-torture-"));
let broken = 0;

/** @typedef {{ folder: string, operations: number, content: string }} Whole a run that nothing befell */

/**
 * Every n-th in the short version, all in the long one.
 * @param {number} n
 */
const stride = (n) => (isShort ? n : 1);

/**
 * Prints a promise's line and counts what broke it.
 * @param {string} name
 * @param {string} parts
 * @param {readonly string[]} failures
 */
function say(name, parts, failures) {
  const started = Math.round(performance.now() / 1000);
  console.log(`${failures.length === 0 ? "ok    " : "BROKEN"} ${name}: ${parts} (after ${started} s)`);
  for (const failure of failures.slice(0, 10)) console.log(`       ${failure}`);
  broken += failures.length;
}

/**
 * A folder of that name, which is not there.
 * @param {string} name
 */
function fresh(name) {
  const folder = join(scratch, name);
  rmSync(folder, { recursive: true, force: true });
  return folder;
}

/** @returns {Whole} */
function reference() {
  const folder = fresh("reference");
  const stop = withFaults((_, act) => act());
  doRun(folder);
  return { folder, operations: stop(), content: contentOf(folder) };
}

/**
 * SIGKILL before and after each file operation; then the run is done again, and must be bit-equal.
 * @param {Whole} whole
 */
function killPoints({ operations, content }) {
  /** @type {string[]} */
  const failures = [];
  let kills = 0;
  for (let at = 1; at <= operations; at += stride(9)) {
    for (const when of ["before", "after"]) {
      const folder = fresh("killed");
      const { signal, stderr } = spawnSync(process.execPath, [DRIVER, folder, String(at), when], {
        encoding: "utf8",
      });
      // An operation that fails, as a look for a file that need not be there, has no moment after it.
      if (signal === "SIGKILL") kills += 1;
      else if (when === "before" || stderr !== "")
        failures.push(`operation ${at} ${when}: not killed: ${stderr}`);
      doRun(folder);
      if (contentOf(folder) !== content) failures.push(`operation ${at} ${when}: ${contentOf(folder)}`);
    }
  }
  say(
    "SIGKILL before and after every file operation",
    `points ${operations}, kills ${kills}, equal ${kills - failures.length}`,
    failures,
  );
}

/**
 * Every operation fails, once or from then on; the run is then done again without faults, and must be bit-equal.
 * @param {Whole} whole
 */
function faults({ operations, content }) {
  /** @type {string[]} */
  const failures = [];
  let tried = 0;
  for (const code of ["ENOSPC", "EIO", "EACCES", "EROFS", "EMFILE"]) {
    for (const isForGood of [false, true]) {
      for (let at = 1; at <= operations; at += stride(7)) {
        const folder = fresh("faulty");
        const stop = withFaults(({ number, name }, act) => {
          if (number === at || (isForGood && number > at)) throw systemError(code, name);
          return act();
        });
        let ending = "none";
        try {
          doRun(folder);
        } catch (error) {
          ending = error instanceof Error && "code" in error ? String(error.code) : String(error);
        }
        stop();
        tried += 1;
        dropLocks(folder);
        doRun(folder);
        if (contentOf(folder) !== content)
          failures.push(`${code} at ${at}, for good ${isForGood} (${ending}): ${contentOf(folder)}`);
      }
    }
  }
  say(
    "errors of the system in every file operation, once and for good",
    `faults ${tried}, equal ${tried - failures.length}`,
    failures,
  );
}

/**
 * Every bit (of the long version; each 31st in the short one) and truncation of every file of a finished run.
 * @param {Whole} whole
 */
function damage({ folder, content }) {
  /** @type {string[]} */
  const failures = [];
  let [tried, detected, harmless] = [0, 0, 0];
  const name = runNameIn(folder);
  const work = fresh("damaged");
  cpSync(folder, work, { recursive: true });
  /**
   * @param {string} file
   * @param {string} what was done to it
   */
  const check = (file, what) => {
    tried += 1;
    const found = inspectRun(join(work, name));
    if (found.record?.status !== "finished") detected += 1;
    else if (contentOf(work) === content) harmless += 1;
    else failures.push(`${file}, ${what}: read as finished`);
  };
  for (const file of [
    "run.json",
    "metrics.csv",
    "routing.csv",
    "checkpoint/final.safetensors",
    "seal.json",
  ]) {
    const path = join(work, name, file);
    const bytes = readFileSync(path);
    for (let bit = 0; bit < 8 * bytes.length; bit += stride(31)) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      writeFileSync(path, changed);
      check(file, `bit ${bit}`);
    }
    for (let length = 0; length < bytes.length; length += stride(13)) {
      writeFileSync(path, bytes.subarray(0, length));
      check(file, `cut to ${length} bytes`);
    }
    rmSync(path);
    check(file, "deleted");
    writeFileSync(path, bytes);
  }
  say(
    "damage to every file of a finished run",
    `damages ${tried}, detected ${detected}, harmless ${harmless}, used ${failures.length}`,
    failures,
  );
}

const EXPERIMENT = {
  name: "tiny",
  base: {
    model: { width: 8, layers: 1, heads: 1, experts: 4, topK: 2, expertWidth: 8 },
    data: { domains: [{ name: "arithmetic" }], sequenceLength: 8, batchSequences: 2, validationTokens: 64 },
    training: { steps: 300, warmupSteps: 2, evaluateEvery: 10, evaluationTokens: 32 },
  },
  seeds: 2,
  baseline: "linear",
  variants: [{ name: "linear" }, { name: "hash", varies: ["router"], router: { name: "hash" } }],
};

/**
 * The command, its whole group killed after some milliseconds; null lets it end.
 * @param {string} cwd
 * @param {number | null} killAfterMs
 * @returns {Promise<{ code: number | null, signal: string | null }>}
 */
function command(cwd, killAfterMs) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, "run", "tiny.json"], {
      cwd,
      detached: true,
      stdio: "ignore",
    });
    const { pid } = child;
    const timer =
      killAfterMs === null || pid === undefined
        ? undefined
        : setTimeout(() => process.kill(-pid, "SIGKILL"), killAfterMs);
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal });
    });
  });
}

/** SIGKILL of the command and its workers at random moments, also while it recovers; then it is let to end. */
async function outsideKills() {
  const wanted = isShort ? 4 : 200;
  /** @type {string[]} */
  const failures = [];
  let kills = 0;
  /** @param {string} name how its name begins */
  const folderWith = (name) => {
    const cwd = mkdtempSync(join(scratch, name));
    writeFileSync(join(cwd, "tiny.json"), JSON.stringify(EXPERIMENT));
    return cwd;
  };
  /** @param {string} cwd */
  const numbers = (cwd) => readFileSync(join(cwd, "results", "tiny", "runs.csv"), "utf8");
  const whole = folderWith("whole-");
  const started = performance.now();
  await command(whole, null);
  const longest = performance.now() - started;
  // A linear congruential generator with a fixed seed: the same moments every time, as far as the machine allows.
  let state = 12345;
  const random = () => (state = (1103515245 * state + 12345) % 2 ** 31) / 2 ** 31;
  while (kills < wanted) {
    const cwd = folderWith("killed-");
    for (let round = 0; round < 4 && kills < wanted; round++) {
      const { signal } = await command(cwd, longest * (0.2 + 0.6 * random()));
      if (signal === "SIGKILL") kills += 1;
    }
    const { code } = await command(cwd, null);
    if (code !== 0) failures.push(`exit code ${code}`);
    else if (numbers(cwd) !== numbers(whole)) failures.push("other numbers");
    rmSync(cwd, { recursive: true, force: true });
  }
  say(
    "SIGKILL of the command's whole group at random moments",
    `kills ${kills}, commands with other numbers ${failures.length}`,
    failures,
  );
}

/**
 * Power lost after any operation: the disk in many of the states that it may then be in.
 * @param {Whole} whole
 */
async function power({ content }) {
  const { parts, failures } = await powerCuts(scratch, content, isShort ? 2 : 40);
  say("power lost after every file operation", parts, failures);
}

/** @param {Whole} whole */
async function stopped(whole) {
  const { parts, failures } = await stops(scratch, whole, isShort ? 11 : 1);
  say("SIGSTOP before file operations, another takes over, SIGCONT", parts, failures);
}

/** Many at once. */
async function startedAtOnce() {
  const { parts, failures } = await crowds(scratch, isShort ? 1 : 10);
  say("many processes start at once on one folder", parts, failures);
}

/** Hostile input for everything that reads. */
async function hostileInput() {
  const { parts, failures } = await fuzz(fresh("fuzz"), isShort ? 200 : 4000);
  say("hostile input: taken, or refused in words, in time; careless readers are found out", parts, failures);
}

try {
  const whole = reference();
  for (const [name, part] of Object.entries({
    kills: killPoints,
    faults,
    power,
    stops: stopped,
    crowds: startedAtOnce,
    damage,
    fuzz: hostileInput,
    outside: outsideKills,
  })) {
    if (only === null || only === name) await part(whole);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = broken === 0 ? 0 : 1;
