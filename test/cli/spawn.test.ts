import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { needsTime, slowTests } from "../support/slow.ts";
import { MAIN, moeLab } from "../support/spawn.ts";

/** A model so small that a run takes a second. */
const EXPERIMENT = {
  name: "tiny",
  title: "Tiny",
  base: {
    model: { width: 8, layers: 1, heads: 1, experts: 4, topK: 2, expertWidth: 8 },
    data: {
      ...{ domains: [{ name: "arithmetic" }], sequenceLength: 8, batchSequences: 2, validationTokens: 64 },
    },
    training: { steps: 20, warmupSteps: 2, evaluateEvery: 10, evaluationTokens: 32 },
  },
  seeds: [1],
  baseline: "linear",
  variants: [
    { name: "linear", router: { name: "linear" } },
    { name: "hash", varies: ["router"], router: { name: "hash" } },
  ],
};

function folderWith(experiment: unknown = EXPERIMENT): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "tiny.json"), JSON.stringify(experiment));
  return folder;
}

const runFolders = (folder: string): string[] =>
  readdirSync(join(folder, "results", "runs")).filter((name) => name !== "timings");

/** Rows of the first run's metrics.csv so far. */
function rowsIn(folder: string): number {
  const runs = join(folder, "results", "runs");
  const [run = ""] = existsSync(runs) ? readdirSync(runs) : [];
  const metrics = join(runs, run, "metrics.csv");
  return existsSync(metrics) ? readFileSync(metrics, "utf8").split("\n").length : 0;
}

const numbersOf = (folder: string): string =>
  readFileSync(join(folder, "results", "tiny", "runs.csv"), "utf8");

describe("moe-lab run, for real", { timeout: 120_000 }, () => {
  test("trains, writes and prints; again, it reuses; the result folder can be made again", async () => {
    const folder = folderWith();
    const first = await moeLab(folder, ["run", "tiny.json"]);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toContain("linear");
    const result = join(folder, "results", "tiny");
    expect(readdirSync(result)).toEqual(
      expect.arrayContaining([
        "experiment.json",
        "runs.csv",
        "curves.csv",
        "summary.csv",
        "summary.md",
        "report.html",
      ]),
    );
    expect(runFolders(folder)).toHaveLength(2);
    const numbers = numbersOf(folder);

    rmSync(result, { recursive: true });
    const again = await moeLab(folder, ["run", "tiny.json", "--json"]);
    expect(again.code).toBe(0);
    expect(again.stderr).toContain("2 finished before, 0 to do");
    expect(numbersOf(folder)).toBe(numbers);
    // One value and nothing else.
    expect(Object.keys(JSON.parse(again.stdout) as object)).toEqual(["tables"]);
  });

  const parent = { model: { experts: 1, topK: 1 }, router: { name: "dense" }, training: { steps: 10 } };

  test.skipIf(!slowTests)(
    `a parent is trained first, once for all that start from it, and never again${needsTime}`,
    async () => {
      const folder = folderWith({ ...EXPERIMENT, base: { ...EXPERIMENT.base, parent } });
      const first = await moeLab(folder, ["run", "tiny.json", "--verbose"]);
      expect(first.code).toBe(0);
      expect(first.stderr).toContain(
        "2 variants x 1 seed: 3 runs (1 parent with them), 0 finished before, 3 to do",
      );
      const names = runFolders(folder)
        .map((name) => name.slice(0, name.lastIndexOf("-")))
        .sort();
      expect(names).toEqual(["dense-s1", "hash-s1", "linear-s1"]);
      expect(first.stdout).toContain("starts from a parent (dense, 160 tokens)"); // 10 steps of 2 x 8
      const numbers = numbersOf(folder);
      const hash = runFolders(folder).find((name) => name.startsWith("hash")) ?? "none";
      rmSync(join(folder, "results", "runs", hash), { recursive: true });
      const again = await moeLab(folder, ["run", "tiny.json"]);
      expect(again.stderr).toContain("3 runs (1 parent with them), 2 finished before, 1 to do");
      expect(numbersOf(folder)).toBe(numbers);
    },
  );

  test("a parent whose weights do not fit is refused before anything is written", async () => {
    const wide = { ...parent, model: { ...parent.model, width: 16 } };
    const folder = folderWith({ ...EXPERIMENT, base: { ...EXPERIMENT.base, parent: wide } });
    const refused = await moeLab(folder, ["run", "tiny.json"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /tiny\.json:1:\d+: parent: the parent's weights do not fit: embedding is \[256, 16\] there and \[256, 8\] here/,
    );
    expect(readdirSync(folder)).toEqual(["tiny.json"]);
  });

  test("--dry-run prices and writes nothing", async () => {
    const folder = folderWith();
    const priced = await moeLab(folder, ["run", "tiny.json", "--dry-run", "--json"]);
    expect(priced.code).toBe(0);
    expect(JSON.parse(priced.stdout)).toMatchObject({ total: { runs: 2, toDo: 2 } });
    expect(readdirSync(folder)).toEqual(["tiny.json"]);
  });

  test("Ctrl-C stops with a checkpoint; the same command goes on to the same numbers, bit for bit", async () => {
    const folder = folderWith();
    const args = ["run", "tiny.json", "--steps", "400", "--set", "training.evaluateEvery=100", "--jobs", "1"];
    let signalled = false;
    const stopped = await moeLab(folder, args, {
      onStart: (pid) => {
        const poll = setInterval(() => {
          if (rowsIn(folder) < 20) return;
          clearInterval(poll);
          signalled = true;
          process.kill(pid, "SIGINT");
        }, 10);
        onTestFinished(() => clearInterval(poll));
      },
    });
    expect(signalled).toBe(true);
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toMatch(/interrupted: 0 of 2 runs finished, 1 stopped with a checkpoint/);
    expect(existsSync(join(folder, "results", "tiny"))).toBe(false);

    const resumed = await moeLab(folder, args);
    expect(resumed.stderr).toContain("(1 from a checkpoint)");
    expect(resumed.code).toBe(0);
    const straight = folderWith();
    await moeLab(straight, args);
    expect(numbersOf(folder)).toBe(numbersOf(straight));
    const [run = ""] = runFolders(folder).filter((name) => name.startsWith("linear"));
    for (const file of ["run.json", "metrics.csv", "routing.csv", "checkpoint/final.safetensors"]) {
      const at = (root: string): Buffer => readFileSync(join(root, "results", "runs", run, file));
      expect(at(folder).equals(at(straight)), file).toBe(true);
    }
  });

  test("a user's router from a TypeScript file beside the experiment, in a folder without packages", async () => {
    const folder = folderWith({
      ...EXPERIMENT,
      variants: [EXPERIMENT.variants[0], { name: "mine", varies: ["router"], router: { name: "./mine.ts" } }],
    });
    writeFileSync(
      join(folder, "mine.ts"),
      `import { chooseRenormalised, defineRouter, tf, z, type Tensor } from "moe-lab";
      export default defineRouter({
        name: "mine", paper: "none", summary: "a linear router again", options: z.strictObject({}),
        problems: () => [], causal: () => true, wantsBalanceLoss: true, alwaysOnExperts: () => 0,
        parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd, trained: true } }),
        state: () => ({}), matrices: () => ({}), flopsPerToken: ({ D, E }) => 2 * D * E, solved: () => ({}),
        route: ({ x, parameters }, { K }) => {
          const logits: Tensor = tf.matMul(x, parameters.weight);
          return { assignment: chooseRenormalised(logits, K), logits, probs: tf.softmax(logits) };
        },
      });`,
    );
    const ended = await moeLab(folder, ["run", "tiny.json"]);
    expect(ended).toMatchObject({ code: 0 });
    const [mine = ""] = runFolders(folder).filter((name) => name.startsWith("mine-s1-"));
    const [linear = ""] = runFolders(folder).filter((name) => name.startsWith("linear-s1-"));
    const loss = (name: string): unknown =>
      (
        JSON.parse(readFileSync(join(folder, "results", "runs", name, "run.json"), "utf8")) as {
          results: { validationLossNats: number };
        }
      ).results.validationLossNats;
    // Written as the linear router is, it must compute what that computes.
    expect(loss(mine)).toBe(loss(linear));
  });

  test.each([
    ["no such file", ["run", "none.json"], "none.json"],
    ["an unknown engine", ["run", "tiny.json", "--engine", "torch"], "--engine torch"],
    ["an output folder that is a file", ["run", "tiny.json", "--out", "tiny.json"], "can't be written"],
    ["an unknown variant", ["run", "tiny.json", "--only", "lineer"], "lineer"],
    [
      "more text than there is",
      ["run", "tiny.json", "--set", "data.validationTokens=1000000000"],
      "data.validationTokens",
    ],
  ])("%s: 2, one sentence, nothing written", async (_, args, message) => {
    const folder = folderWith();
    const ended = await moeLab(folder, args);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(folder)).toEqual(["tiny.json"]);
  });
});

test("--help loads nothing heavy: the parser, and a handful of our own modules", async () => {
  const folder = temporaryFolder();
  const coverage = join(folder, "coverage");
  const help = await moeLab(folder, ["--help"], { env: { NODE_V8_COVERAGE: coverage } });
  expect(help.code).toBe(0);
  // Node lists every script that it ran. Time itself depends on who else uses the machine.
  const urls = readdirSync(coverage).flatMap((name) =>
    (JSON.parse(readFileSync(join(coverage, name), "utf8")) as { result: { url: string }[] }).result.map(
      ({ url }) => url,
    ),
  );
  const packages = urls.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  expect([...new Set(packages)]).toEqual(["commander"]);
  expect(urls.filter((url) => url.includes("/dist/")).length).toBeLessThan(15);
});

test("a closed pipe is no error", async () => {
  const child = spawn(process.execPath, [MAIN, "list", "routers", "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect([code, stderr]).toEqual([0, ""]);
});
