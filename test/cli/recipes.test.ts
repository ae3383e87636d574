import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCompare } from "../../src/cli/compare.ts";
import { readExperimentFiles } from "../../src/store/experiment-files.ts";
import { temporaryFolder } from "../support/folder.ts";
import { needsTime, slowTests } from "../support/slow.ts";
import { moeLab } from "../support/spawn.ts";

/** A model so small that a run takes a second; two routers that nobody can tell apart within 10 %. */
const EXPERIMENT = {
  name: "tiny",
  title: "Tiny",
  base: {
    model: { width: 8, layers: 1, heads: 1, experts: 4, topK: 2, expertWidth: 8 },
    data: { domains: [{ name: "arithmetic" }], sequenceLength: 8, batchSequences: 4, validationTokens: 256 },
    training: { steps: 10, warmupSteps: 2, evaluateEvery: 10, evaluationTokens: 32, learningRate: 0.001 },
  },
  seeds: 2,
  margin: "10%",
  baseline: "linear",
  variants: [
    { name: "linear" },
    { name: "frozen", varies: ["router.options.frozen"], router: { options: { frozen: true } } },
  ],
};

async function compare(folder: string, format: string): Promise<{ out: string; err: string }> {
  const printed = { out: "", err: "" };
  const io = {
    stdout: (text: string) => void (printed.out += text),
    stderr: (text: string) => void (printed.err += text),
    ...{ color: false, columns: 80 },
  };
  expect(await runCompare({ folders: [folder], format }, io)).toBe(0);
  return printed;
}

const QUESTION = "Tiny: does the verdict survive another recipe?";

test.skipIf(!slowTests)(
  `run --recipe all: the answer, the recipes, what survives; again it trains nothing${needsTime}`,
  { timeout: 600_000 },
  async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "tiny.json"), JSON.stringify(EXPERIMENT));
    const priced = await moeLab(cwd, "run tiny.json --recipe all --dry-run --json");
    const price = JSON.parse(priced.stdout) as {
      variants: { name: string; steps: number }[];
      total: { toDo: number };
    };
    // Two variants at two seeds, as written and under three recipes.
    expect(price.total.toDo).toBe(16);
    expect(price.variants.map(({ name, steps }) => `${name}: ${steps}`)).toEqual([
      ...["linear: 10", "frozen: 10", "linear (half-rate): 10", "frozen (half-rate): 10"],
      ...["linear (double-rate): 10", "frozen (double-rate): 10"],
      ...["linear (half-length): 5", "frozen (half-length): 5"],
    ]);
    expect(readdirSync(cwd)).toEqual(["tiny.json"]);

    const first = await moeLab(cwd, "run tiny.json --recipe all");
    expect(first).toMatchObject({ code: 0 });
    const folder = join(cwd, "results", "tiny");
    expect(first.stdout.indexOf("Tiny: validation loss against linear")).toBe(0);
    expect(first.stdout.split(QUESTION)).toHaveLength(2);
    expect(first.stdout).toMatch(/Best (as written|at (half|double)-rate).*: .*linear/);
    expect(readdirSync(join(folder, "recipes")).sort()).toEqual(["double-rate", "half-length", "half-rate"]);
    expect(readdirSync(join(cwd, "results", "runs")).filter((name) => name !== "timings")).toHaveLength(16);
    const half = readExperimentFiles(join(folder, "recipes", "half-rate"));
    expect(half.record.experiment).toMatchObject({ title: "Tiny, half-rate", recipe: "half-rate" });
    expect(half.record.experiment.variants[1]!.settings.training.learningRate).toBe(0.0005);
    expect(half.runs.map(({ status }) => status)).toEqual(Array(4).fill("finished"));
    expect(readExperimentFiles(folder).record.experiment.recipe).toBeUndefined();
    const numbers = readFileSync(join(folder, "recipes.csv"), "utf8");
    expect(existsSync(join(folder, "recipes.md"))).toBe(true);

    const again = await moeLab(cwd, "run tiny.json --recipe half-rate --json");
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr.match(/4 finished before, 0 to do/g)).toHaveLength(2);
    const { tables } = JSON.parse(again.stdout) as {
      tables: { name: string; rows: Record<string, unknown>[] }[];
    };
    // Recipes of before still stand in the table.
    expect(tables.map(({ name }) => name)).toEqual(["tiny", "recipes"]);
    expect(tables[1]!.rows).toMatchObject([{ variant: "frozen", half_length_pairs: 2, tuned_pairs: 2 }]);
    expect(readFileSync(join(folder, "recipes.csv"), "utf8")).toBe(numbers);

    const { out } = await compare(folder, "table");
    expect(out.indexOf(QUESTION)).toBeGreaterThan(out.indexOf("Tiny: validation loss against linear"));
    const csv = await compare(folder, "csv");
    expect(csv.out.trim().split("\n")).toHaveLength(1 + 2);
    expect(csv.err).toContain(`note: the table of recipes is in ${join(folder, "recipes.csv")}`);
  },
);
