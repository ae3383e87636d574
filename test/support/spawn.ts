/** Programs that tests start, and the built command among them. */
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** The built command; test/setup/build.ts builds it. */
export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** How a process ended, and what it said. */
export interface Ended {
  /** Exit code; null where a signal ended it or it could not start. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Surroundings {
  readonly cwd?: string;
  /** All of its environment; without, the test's own. */
  readonly env?: NodeJS.ProcessEnv;
}

/** What a test does while a process runs. */
export interface Watching extends Surroundings {
  readonly onStart?: (pid: number) => void;
  /** @param text all that was said on stderr so far. */
  readonly onStderr?: (text: string, interrupt: () => void) => void;
}

/**
 * Runs a program to its end; it does not outlive the test that runs it.
 * @throws what the system says, where it can't be started.
 */
export function run(program: string, args: readonly string[], watching: Watching = {}): Promise<Ended> {
  const { cwd, env, onStart, onStderr } = watching;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env });
    try {
      onTestFinished(() => void child.kill("SIGKILL"));
    } catch {
      // Not in a test but in a hook before several, which waits for the end.
    }
    child.on("spawn", () => onStart?.(child.pid ?? 0));
    const text = { stdout: "", stderr: "" };
    child.stdout.on("data", (part: Buffer) => (text.stdout += part.toString()));
    child.stderr.on("data", (part: Buffer) => {
      text.stderr += part.toString();
      onStderr?.(text.stderr, () => child.kill("SIGINT"));
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...text }));
  });
}

/**
 * Runs the built command without colours.
 * @param words its arguments, in one text that is cut at spaces, or one by one.
 * @param watching its `env` beside the test's own.
 */
export function moeLab(
  cwd: string,
  words: string | readonly string[],
  watching: Omit<Watching, "cwd"> = {},
): Promise<Ended> {
  const args = typeof words === "string" ? words.split(" ").filter(Boolean) : words;
  const env = { ...process.env, NO_COLOR: "1", ...watching.env };
  return run(process.execPath, [MAIN, ...args], { ...watching, cwd, env });
}

/** Runs a program to its end while everything waits; also outside of tests. */
export function runSync(program: string, args: readonly string[], surroundings: Surroundings = {}): Ended {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...surroundings,
    encoding: "utf8",
    maxBuffer: 1e9,
  });
  return { code: status, stdout, stderr: error === undefined ? stderr : error.message };
}
