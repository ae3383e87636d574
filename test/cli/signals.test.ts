import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { isTemporary } from "../../src/core/files.ts";
import { writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { TABLES } from "../../src/tables/registry.ts";
import { temporaryFolder } from "../support/runs.ts";
import { runSync } from "../support/spawn.ts";
import { example } from "../tables/example.ts";

/** The built command; test/setup/build.ts builds it. */
const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

const EXPERIMENT = {
  name: "tiny",
  base: {
    model: { width: 8, layers: 1, heads: 1, experts: 4, topK: 2, expertWidth: 8 },
    data: { domains: [{ name: "arithmetic" }], sequenceLength: 8, batchSequences: 2, validationTokens: 64 },
    training: { steps: 20, warmupSteps: 2, evaluateEvery: 10, evaluationTokens: 32 },
  },
  seeds: [1],
  baseline: "linear",
  variants: [{ name: "linear" }],
};

/** Runs the experiment and sends a signal as soon as stderr says something. */
function runAndSend(signal: NodeJS.Signals, when: RegExp): Promise<{ code: number | null; stderr: string }> {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "tiny.json"), JSON.stringify(EXPERIMENT));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, "run", "tiny.json"], { cwd });
    let stderr = "";
    let isSent = false;
    const send = (): void => {
      if (!isSent) child.kill(signal);
      isSent = true;
    };
    child.stderr.on("data", (part: Buffer) => {
      stderr += part.toString();
      if (when.test(stderr)) send();
    });
    child.on("close", (code) => resolve({ code, stderr }));
  });
}

test.skipIf(process.platform === "win32")(
  "without a terminal, the terminal's end does not stop a run: nohup",
  async () => {
    const ended = await runAndSend("SIGHUP", /1 to do/);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain("written to results/tiny");
  },
);

/** A process that was sent Ctrl-C at the first sign of work, and how it ended. */
interface Interrupted {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a command in a folder and sends Ctrl-C as soon as `isAtWork` says so. */
function interrupt(cwd: string, args: readonly string[], isAtWork: () => boolean): Promise<Interrupted> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
    child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
    const watch = setInterval(() => {
      if (!isAtWork()) return;
      clearInterval(watch);
      child.kill("SIGINT");
    }, 2);
    child.on("close", (code) => {
      clearInterval(watch);
      resolve({ code, stdout, stderr });
    });
  });
}

/** Names in a folder; none where it is not there. */
const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

test.skipIf(process.platform === "win32")(
  "Ctrl-C ends a command that writes many files between two of them: code 130, a word, no trace, every file whole",
  async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "results"));
    const folder = join(cwd, "tables");
    const args = ["table", "--all", "--results", "results", "--out", "tables"];
    const ended = await interrupt(cwd, args, () => namesIn(folder).length > 0);
    expect(ended).toEqual({ code: 130, stdout: "", stderr: "interrupted\n" });
    const names = namesIn(folder);
    // It did not go on to the end, and what it wrote is what it writes when nobody interrupts it.
    expect(names.length).toBeLessThan(4 * TABLES.length);
    expect(names.filter((name) => isTemporary(name))).toEqual([]);
    runSync(process.execPath, [MAIN, ...args.slice(0, -1), "whole"], { cwd });
    expect(namesIn(join(cwd, "whole"))).toHaveLength(4 * TABLES.length);
    for (const name of names) {
      expect(readFileSync(join(folder, name), "utf8"), name).toBe(
        readFileSync(join(cwd, "whole", name), "utf8"),
      );
    }
  },
);

test.skipIf(process.platform === "win32")(
  "Ctrl-C ends `report` at once, and a page that stood there is still whole",
  async () => {
    const cwd = temporaryFolder();
    const folder = join(cwd, "made-up");
    writeExperimentFiles(folder, example);
    writeFileSync(join(folder, "report.html"), "before");
    // summary.csv is written before the page is drawn.
    const ended = await interrupt(cwd, ["report", "made-up"], () => existsSync(join(folder, "summary.csv")));
    expect(ended).toEqual({ code: 130, stdout: "", stderr: "interrupted\n" });
    expect(readFileSync(join(folder, "report.html"), "utf8")).toBe("before");
    expect(namesIn(folder).filter((name) => isTemporary(name))).toEqual([]);
  },
);
