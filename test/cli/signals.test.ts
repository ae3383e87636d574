import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/runs.ts";

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
