/** examples/sweep.mjs, run from the packed package as somebody who installed it does. */
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { needsTime, slowTests } from "../support/slow.ts";
import { run, runSync } from "../support/spawn.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A folder that has the packed package, and what it depends on, in its node_modules. */
function userFolder(): string {
  const folder = temporaryFolder();
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "moe-lab"), { recursive: true });
  const environment = { ...process.env, npm_config_loglevel: "error" };
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
  expect(runSync("npm", pack, { cwd: ROOT, env: environment })).toMatchObject({ code: 0 });
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  const into = ["-C", join(modules, "moe-lab"), "--strip-components=1"];
  expect(runSync("tar", ["-xzf", join(folder, tarball), ...into])).toMatchObject({ code: 0 });
  for (const name of readdirSync(join(ROOT, "node_modules")).filter((each) => !each.startsWith("."))) {
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  return folder;
}

test.skipIf(!slowTests)(
  `the packed package runs a sweep from a script, stops when it is told to, and goes on${needsTime}`,
  { timeout: 400_000 },
  async () => {
    const folder = userFolder();
    const script = join(folder, "node_modules/moe-lab/examples/sweep.mjs");
    cpSync(script, join(folder, "sweep.mjs"));
    const stopped = await run(process.execPath, ["sweep.mjs", "0"], { cwd: folder });
    expect(stopped.stderr).toBe("");
    expect(stopped).toMatchObject({
      code: 130,
      stdout: "stopped after 0 of 4 runs; the same command goes on\n",
    });

    let isKilled = false;
    const interrupted = await run(process.execPath, ["sweep.mjs"], {
      cwd: folder,
      onStderr: (_, kill) => {
        if (!isKilled) kill();
        isKilled = true;
      },
    });
    expect(interrupted.code).toBe(130);
    expect(interrupted.stdout).toMatch(/^stopped after [1-3] of 4 runs; the same command goes on\n$/);

    const ended = await run(process.execPath, ["sweep.mjs"], { cwd: folder });
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
    const refused = await run(process.execPath, ["wrong.mjs"], { cwd: folder });
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toBe("--jobs 0: must be a whole number of at least 1\n");
  },
);
