/** examples/sweep.mjs, run from the packed package as somebody who installed it does. */
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../support/runs.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that has the packed package, and what it depends on, in its node_modules. */
function userFolder(): string {
  const folder = temporaryFolder();
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "moe-lab"), { recursive: true });
  const environment = { ...process.env, npm_config_loglevel: "error" };
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
  execFileSync("npm", pack, { cwd: ROOT, env: environment, stdio: "ignore" });
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  execFileSync("tar", [
    "-xzf",
    join(folder, tarball),
    "-C",
    join(modules, "moe-lab"),
    "--strip-components=1",
  ]);
  for (const name of readdirSync(join(ROOT, "node_modules")).filter((each) => !each.startsWith("."))) {
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  return folder;
}

function runScript(
  cwd: string,
  args: readonly string[],
  onStderr?: (kill: () => void) => void,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd });
    onTestFinished(() => void child.kill("SIGKILL"));
    const text = { stdout: "", stderr: "" };
    child.stdout.on("data", (part: Buffer) => (text.stdout += part.toString()));
    child.stderr.on("data", (part: Buffer) => {
      text.stderr += part.toString();
      onStderr?.(() => child.kill("SIGINT"));
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...text }));
  });
}

test(
  "the packed package runs a sweep from a script, stops when it is told to, and goes on",
  { timeout: 400_000 },
  async () => {
    const folder = userFolder();
    const script = join(folder, "node_modules/moe-lab/examples/sweep.mjs");
    cpSync(script, join(folder, "sweep.mjs"));
    const stopped = await runScript(folder, ["sweep.mjs", "0"]);
    expect(stopped.stderr).toBe("");
    expect(stopped).toMatchObject({
      code: 130,
      stdout: "stopped after 0 of 4 runs; the same command goes on\n",
    });

    let isKilled = false;
    const interrupted = await runScript(folder, ["sweep.mjs"], (kill) => {
      if (!isKilled) kill();
      isKilled = true;
    });
    expect(interrupted.code).toBe(130);
    expect(interrupted.stdout).toMatch(/^stopped after [1-3] of 4 runs; the same command goes on\n$/);

    const ended = await runScript(folder, ["sweep.mjs"]);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(
      /^0\.001: hash -?\d+\.\d\d % \(.+\), see sweep\/rate-0\.001\/report\.html\n0\.01: hash .*\n$/,
    );
    const names = readdirSync(join(folder, "sweep", "rate-0.001"));
    expect(names).toEqual(expect.arrayContaining(["experiment.json", "summary.md", "report.html"]));
    expect(readdirSync(join(folder, "sweep", "runs")).filter((name) => name !== "timings")).toHaveLength(8);

    // A wrong request is an InputError that names what is wrong, and nothing on stdout.
    const wrong = readFileSync(script, "utf8")
      .replace('name: "hash" }', 'name: "hsah" }')
      .replace('out: "sweep"', "jobs: 0");
    writeFileSync(join(folder, "wrong.mjs"), wrong);
    const refused = await runScript(folder, ["wrong.mjs"]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toBe("--jobs 0: must be a whole number of at least 1\n");
  },
);
