// Starting other programs, without a shell.
import { spawn } from "node:child_process";

/** How much of what a program said is kept. */
const LINES = 40;

/** A reason why nothing can be built here, to be told to the user. Exit code 2. */
export class Missing extends Error {
  /** @param {string[]} sentences one for each thing that is missing or wrong */
  constructor(sentences) {
    super(sentences.join("\n"));
    this.sentences = sentences;
  }
}

/** The user, or the system, asked to stop. Exit code 130. */
export class Interrupted extends Error {}

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stopping.abort());

/**
 * What became of a program; `words`: the end of what it said, or why it did not start.
 * @typedef {{ ok: boolean, stdout: string, words: string }} Ran
 */

/**
 * Runs a program to its end.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Readonly<Record<string, string | undefined>> }} options `env` beside this process's own
 * @returns {Promise<Ran>}
 * @throws Interrupted once it has ended after a signal to this process
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...options.env };
    const child = spawn(program, args, {
      ...options,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      signal: stopping.signal,
    });
    const said = { stdout: "", stderr: "" };
    for (const name of /** @type {const} */ (["stdout", "stderr"])) {
      child[name].setEncoding("utf8").on("data", (/** @type {string} */ text) => {
        said[name] += text;
      });
    }
    let failure = "";
    child.on("error", (error) => {
      failure = error.message;
    });
    child.on("close", (code, signal) => {
      if (stopping.signal.aborted) {
        reject(new Interrupted());
        return;
      }
      const lines = `${said.stderr}\n${said.stdout}`.trim().split("\n").slice(-LINES);
      if (signal !== null) lines.push(`ended by ${signal}`);
      resolve({ ok: code === 0, stdout: said.stdout, words: failure || lines.join("\n") });
    });
  });
}

/**
 * Why it failed, in one line: what npm says after its codes, or the last line with an error.
 * @param {string} words
 */
export function reason(words) {
  const lines = words.split("\n").map((line) => line.trim());
  const npm = lines.find((line) => /^npm error (?!code|errno|syscall)\S/.test(line));
  const line = npm ?? lines.findLast((each) => /error/i.test(each)) ?? lines.findLast((each) => each !== "");
  return (line ?? "no words").replace(/^npm error (network |404 )?/, "").slice(0, 300);
}
