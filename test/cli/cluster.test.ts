import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { needsTime, slowTests } from "../support/slow.ts";
import { moeLab } from "../support/spawn.ts";

const EXPERIMENT = {
  name: "tiny",
  base: {
    model: { width: 8, layers: 1, heads: 1, experts: 4, topK: 2, expertWidth: 8 },
    data: { domains: [{ name: "arithmetic" }], sequenceLength: 8, batchSequences: 2, validationTokens: 64 },
    training: { steps: 10, warmupSteps: 2, evaluateEvery: 5, evaluationTokens: 32 },
  },
  seeds: 2,
  baseline: "linear",
  variants: [{ name: "linear" }, { name: "hash", varies: ["router"], router: { name: "hash" } }],
};

function folderWith(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "tiny.json"), JSON.stringify(EXPERIMENT));
  return folder;
}

const countsOf = (stdout: string): unknown =>
  (JSON.parse(stdout) as { experiments: { counts: unknown }[] }).experiments.map(({ counts }) => counts);

test.skipIf(!slowTests)(
  `workers share a plan, machines merge, and the table is that of one machine${needsTime}`,
  { timeout: 120_000 },
  async () => {
    const [one, two] = [folderWith(), folderWith()];
    const before = await moeLab(one, "status tiny.json --json");
    expect(before.code).toBe(0);
    expect(countsOf(before.stdout)).toEqual([{ done: 0, running: 0, queued: 4, failed: 0 }]);
    expect(readdirSync(one)).toEqual(["tiny.json"]);

    // Two workers on one folder at a time: each run is taken once.
    const workers = await Promise.all(
      [1, 2].map(() => moeLab(one, "run tiny.json --take 3 --jobs 1 --json")),
    );
    const taken = workers.map(
      ({ stdout }) => JSON.parse(stdout) as { finished: number; left: number; runs: number },
    );
    expect(taken.reduce((sum, { finished }) => sum + finished, 0)).toBe(4);
    expect(taken.every(({ finished, runs }) => finished <= 3 && runs === 4)).toBe(true);
    expect(readdirSync(join(one, "results"))).toEqual([".experiments.json", "runs"]);
    const after = await moeLab(one, "status --json");
    expect(countsOf(after.stdout)).toEqual([{ done: 4, running: 0, queued: 0, failed: 0 }]);

    // Another machine, which did one run itself, and does not do it again.
    const other = await moeLab(two, "run tiny.json --take 1");
    expect(other.stdout).toMatch(/^1 run finished here; 3 of 4 left/);
    expect((await moeLab(two, `merge ${join(one, "results")} --out results`)).stdout).toMatch(
      /^3 finished runs added/,
    );
    const written = await moeLab(two, "run tiny.json");
    expect(written.stderr).toContain("4 finished before, 0 to do");
    const alone = folderWith();
    await moeLab(alone, "run tiny.json");
    for (const file of ["runs.csv", "curves.csv", "load.csv"]) {
      const read = (folder: string): string => readFileSync(join(folder, "results/tiny", file), "utf8");
      expect(read(two)).toBe(read(alone));
    }
    rmSync(join(two, "results/tiny"), { recursive: true });
  },
);

test("status fits 80 columns, also with hostile names; submit --print shows what would be submitted", async () => {
  const folder = folderWith();
  const name = "a-very-long-name-of-a-variant-that-takes-sixty-columns";
  const variants = [
    ...EXPERIMENT.variants,
    ...Array.from({ length: 12 }, (_, index) => ({
      ...{
        name: `${name}-${index}`,
        varies: ["training.learningRate"],
        training: { learningRate: 0.0101 * (index + 2) },
      },
    })),
  ];
  writeFileSync(join(folder, "tiny.json"), JSON.stringify({ ...EXPERIMENT, variants }));
  const status = await moeLab(folder, "status tiny.json");
  const lines = status.stdout.trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(status.stdout).toMatch(
    /^tiny: 28 runs, 0 done, 28 queued\nthe rest: 28 runs, .*FLOP, how long is known when one has finished\n/,
  );

  const printed = await moeLab(
    folder,
    "submit tiny.json --slurm --array-size 5 --time 90 --threads 2 --print",
  );
  expect(printed.code).toBe(0);
  expect(printed.stdout).toMatch(
    /#SBATCH --array=0-4\n[^]*#SBATCH --cpus-per-task=2\n[^]*#SBATCH --time=90\n/,
  );
  expect(printed.stdout).toMatch(
    /run tiny\.json --jobs 1 --threads 2 --take 1000000 &\n[^]*run tiny\.json --jobs 1 --threads 2 &\n/,
  );
  expect(readdirSync(folder)).toEqual(["tiny.json"]);
});

test("a wrong submission is refused with everything that is wrong, and writes nothing", async () => {
  const folder = folderWith();
  const wrong = await moeLab(folder, "submit tiny.json --array-size 0 --time soon --until-decided");
  expect(wrong.code).toBe(2);
  expect(wrong.stderr.trimEnd().split("\n")).toEqual([
    expect.stringContaining("--slurm: is needed"),
    expect.stringContaining("--array-size 0: must be a whole number"),
    expect.stringContaining("--until-decided: plans runs from the results"),
    expect.stringContaining("--time soon: must be a time as Slurm writes it"),
  ]);
  const absent = await moeLab(folder, "submit tiny.json --slurm", { env: { PATH: "/nowhere" } });
  expect(absent.code).toBe(2);
  expect(absent.stderr).toContain("sbatch can't be run");
  expect((await moeLab(folder, "merge results --out all")).stderr).toContain("results: holds no runs");
});
