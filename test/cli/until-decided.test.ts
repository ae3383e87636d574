import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readExperimentFiles } from "../../src/store/experiment-files.ts";
import { readLooks } from "../../src/store/looks.ts";
import { temporaryFolder } from "../support/folder.ts";
import { needsTime, slowTests } from "../support/slow.ts";
import { moeLab, type Watching } from "../support/spawn.ts";

/**
 * A model so small that a run takes a second. `slow` learns next to nothing and is worse at any seed; `frozen` is the same model with a router that
 * stands still, which nobody can tell apart, so that it is equivalent within 10 % and undecided within a millionth of a percent.
 */
const experiment = (margin: number): unknown => ({
  name: "tiny",
  base: {
    model: { width: 8, layers: 1, heads: 1, experts: 4, topK: 2, expertWidth: 8 },
    data: { domains: [{ name: "arithmetic" }], sequenceLength: 8, batchSequences: 4, validationTokens: 256 },
    training: { steps: 40, warmupSteps: 2, evaluateEvery: 40, evaluationTokens: 32, learningRate: 0.01 },
  },
  seeds: 2,
  margin,
  baseline: "linear",
  variants: [
    { name: "linear" },
    { name: "slow", varies: ["training.learningRate"], training: { learningRate: 1e-7 } },
    { name: "frozen", varies: ["router.options.frozen"], router: { options: { frozen: true } } },
  ],
});

function folderWith(margin: number): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "tiny.json"), JSON.stringify(experiment(margin)));
  return folder;
}

/** `run` on the experiment of a folder. */
const runTiny = (folder: string, flags: string, watching: Watching = {}) =>
  moeLab(folder, `run tiny.json ${flags}`, watching);

/** Seeds that runs.csv has of each variant. */
const seedsIn = (folder: string): Record<string, number[]> => {
  const seeds: Record<string, number[]> = {};
  for (const run of readExperimentFiles(join(folder, "results", "tiny")).runs)
    (seeds[run.variant] ??= []).push(run.seed);
  return seeds;
};
const looksIn = (folder: string) => readLooks(join(folder, "results", "tiny"));

describe("run --until-decided", { timeout: 240_000 }, () => {
  test.skipIf(!slowTests)(
    `plans, looks, stops what has its verdict, goes on with the rest, ends with the plan, and then says how to start anew${needsTime}`,
    async () => {
      const folder = folderWith(1e-8);
      const ended = await runTiny(folder, "--until-decided --looks 2 --max-seeds 8 --json");
      expect(ended).toMatchObject({ code: 0 });
      // 4 pairs against 0.025: "slow" is far off; the other one is not as near as a millionth of a percent.
      expect(ended.stderr).toContain("plan: 2 looks at 4, 8 seeds, each for 2.50 of 5 % false positives");
      expect(ended.stderr).toContain("look 1 of 2: 4 seeds of slow, frozen: 12 runs to do");
      expect(ended.stderr).toContain("verdicts: slow worse, frozen undecided");
      expect(ended.stderr).toContain("look 2 of 2: 8 seeds of frozen: 8 runs to do");
      expect(ended.stderr).toContain("stopped: no look left");
      expect(ended.stderr).toMatch(
        /undecided: frozen\. .* moe-lab run tiny.json --only frozen --first-seed 9 --until-decided \(4 runs, (about|under) .* at most 16 runs/,
      );
      const first = [1, 2, 3, 4];
      const all = [...first, 5, 6, 7, 8];
      expect(seedsIn(folder)).toEqual({ linear: all, slow: first, frozen: all });
      expect(looksIn(folder)).toMatchObject({ current: 0, procedures: [{ taken: 2, alpha: 0.05 }] });
      const { tables } = JSON.parse(ended.stdout) as { tables: { rows: Record<string, unknown>[] }[] };
      expect(tables).toHaveLength(1);
      expect(
        tables[0]!.rows.map((row) => [row["variant"], row["look"], row["verdict"], row["alpha_used"]]),
      ).toEqual([
        ["linear", null, null, 0.05],
        ["slow", 1, "worse", 0.05],
        ["frozen", 2, "undecided", 0.05],
      ]);

      // A plain run shows all that was looked at, trains nothing, and is no further look.
      const record = looksIn(folder);
      const again = await runTiny(folder, "--verbose");
      expect(again.stderr).toContain("6 seeds more have been looked at before, so the table has all 8");
      expect(again.stderr).toContain(" 0 to do");
      expect(again.stdout).toContain("2nd look at the data, of 2 planned");
      expect(seedsIn(folder)).toEqual({ linear: all, slow: first, frozen: all });
      expect(looksIn(folder)).toEqual(record);
    },
  );

  test.skipIf(!slowTests)(
    `an interrupted procedure goes on where it stopped, to the same numbers${needsTime}`,
    async () => {
      const flags = "--until-decided --looks 2 --max-seeds 4 --jobs 1";
      const folder = folderWith(0.1);
      let signalled = false;
      const stopped = await runTiny(folder, flags, {
        onStderr: (stderr, kill) => {
          if (signalled || !stderr.includes("s1: finished")) return;
          signalled = true;
          kill();
        },
      });
      expect(stopped.code).toBe(130);
      // The plan was fixed before the first look; no look was taken, so nothing was shown.
      expect(readdirSync(join(folder, "results", "tiny"))).toEqual(["looks.json"]);
      expect(looksIn(folder)!.procedures).toMatchObject([{ taken: 0 }]);
      const resumed = await runTiny(folder, flags);
      expect(resumed.code).toBe(0);
      const straight = folderWith(0.1);
      await runTiny(straight, flags);
      for (const file of ["runs.csv", "looks.json"]) {
        const read = (root: string): string => readFileSync(join(root, "results", "tiny", file), "utf8");
        expect(read(folder)).toBe(read(straight));
      }
    },
  );

  test.skipIf(!slowTests)(
    `seeds by hand: a planned look when there is one, else shown without a verdict of their own${needsTime}`,
    async () => {
      const folder = folderWith(1e-8);
      await runTiny(folder, "--looks 2");
      const second = await runTiny(folder, "--seeds 3 --verbose");
      expect(second.stdout).toContain("2nd look at the data, of 2 planned (3 seeds)");
      const third = await runTiny(folder, "--seeds 4 --verbose");
      expect(third.stderr).toContain(
        "note: 2 looks at these seeds were planned and taken, which used the 5 %",
      );
      expect(third.stdout).toContain("3rd look at the data, but 2 were planned");
      expect(looksIn(folder)!.procedures[0]!.looks.map(({ level }) => level === null)).toEqual([
        false,
        false,
        true,
      ]);
    },
  );

  test.skipIf(!slowTests)(
    `a budget of seeds or minutes ends it between looks; --dry-run prices the looks and writes nothing${needsTime}`,
    async () => {
      const folder = folderWith(1e-8);
      const priced = await runTiny(folder, "--until-decided --looks 2 --dry-run --json");
      const { looks } = JSON.parse(priced.stdout) as {
        looks: { seeds: number[]; runs: number; seconds: number }[];
      };
      expect(looks.map(({ seeds, runs }) => [seeds.length, runs])).toEqual([
        [2, 6],
        [4, 6],
      ]);
      expect(looks.every(({ seconds }) => seconds > 0)).toBe(true);
      expect(readdirSync(folder)).toEqual(["tiny.json"]);

      await runTiny(folder, "--looks 2");
      const ended = await runTiny(folder, "--until-decided --max-seeds 3");
      expect(ended).toMatchObject({ code: 0 });
      expect(ended.stderr).toContain("stopped: no seeds left");
      expect(ended.stderr).toMatch(
        /To go on: moe-lab run tiny.json --until-decided \(\d+ runs, (about|under) /,
      );
      expect(looksIn(folder)!.procedures[0]).toMatchObject({ taken: 1 });
    },
  );

  test("refuses what can't be, before anything is written", async () => {
    const folder = folderWith(1e-8);
    const ended = await runTiny(folder, "--until-decided --max-seeds 3");
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain("--max-seeds 3: 4 looks need at least 8 seeds");
    const long = await runTiny(folder, "--until-decided --max-minutes 1 --set training.steps=100000");
    expect(long).toMatchObject({ code: 2 });
    expect(long.stderr).toContain("--max-minutes 1: the first look alone takes longer");
    expect(readdirSync(folder)).toEqual(["tiny.json"]);
  });
});
