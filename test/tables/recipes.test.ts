import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { compareRecipes } from "../../src/analysis/recipes.ts";
import { answerOf } from "../../src/report/answer.ts";
import { writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { readRecipes, recipeFolder } from "../../src/store/recipe-folders.ts";
import { printTables } from "../../src/tables/print.ts";
import { recipeTable } from "../../src/tables/recipes.ts";
import { writeSummaryFiles } from "../../src/tables/summary-files.ts";
import { temporaryFolder } from "../support/folder.ts";
import { example } from "./example.ts";
import { exampleUnder } from "./made-up-recipes.ts";

function folderWithRecipes(): string {
  const folder = join(temporaryFolder(), "attention-router");
  writeExperimentFiles(folder, example);
  writeExperimentFiles(recipeFolder(folder, "half-rate"), exampleUnder("half-rate"));
  writeExperimentFiles(recipeFolder(folder, "double-rate"), exampleUnder("double-rate", { dense: -0.14 }));
  return folder;
}
const tableOf = (folder: string) => recipeTable(compareRecipes(example, readRecipes(folder))!);

it("recipes stand below the result folder, as ordinary result folders", () => {
  const folder = folderWithRecipes();
  expect(recipeFolder("results/a", "half-rate")).toBe(join("results", "a", "recipes", "half-rate"));
  expect(readRecipes(folder).map(({ recipe }) => recipe)).toEqual(["half-rate", "double-rate"]);
  expect(readRecipes(folder)[0]!.results.record.experiment.recipe).toBe("half-rate");
  expect(readRecipes(temporaryFolder())).toEqual([]);
});

it("a verdict under each recipe, and what becomes of it", () => {
  const table = tableOf(folderWithRecipes());
  const dense = table.rows.find(({ cells }) => cells["variant"] === "dense")!.cells;
  expect(dense).toMatchObject({
    ...{ as_written_verdict: "worse", half_rate_verdict: "worse", double_rate_verdict: "better" },
    ...{ as_written_pairs: 3, survives: "sign changes" },
    // 1.59 as written, and as much at half the rate; 1.45 at twice the rate.
    ...{ tuned_at: "double-rate", tuned_peak_learning_rate: 0.006, tuned_verdict: "better" },
  });
  // 0.07 of 1.52; and 0.07 - 0.14.
  expect(dense["as_written_difference_percent"]).toBeCloseTo(7 / 1.52, 10);
  expect(dense["double_rate_difference_percent"]).toBeCloseTo(-7 / 1.52, 10);
  // The half interval is t(0.975, 2) * 0.01 / sqrt(3), t from tables.
  expect(dense["as-written"]).toBe(
    `+4.61 ±${((100 * ((4.302653 * 0.01) / Math.sqrt(3))) / 1.52).toFixed(2)} worse`,
  );
  const text = table.notes.join("\n");
  expect(text).toContain("The effect changes its sign with the recipe: Dense. Neither sign holds by itself.");
  expect(text).toContain(
    "Best at double-rate, the edge of the rates tried, so perhaps better still beyond: Dense.",
  );
  expect(text).toContain("chosen on the seeds that then judge it");
  expect(text).toContain(
    "Not trained yet: half-length (`moe-lab run experiments/attention-router.json --tier standard --recipe half-length`).",
  );
});

it("fits a terminal of 80 columns, every recipe and what becomes of the verdict", () => {
  const printed = printTables([tableOf(folderWithRecipes())], "table", { columns: 80, color: false });
  expect(printed.split("\n").filter((line) => line.length > 80)).toEqual([]);
  for (const header of ["as written, %", "half-rate, %", "double-rate, %", "tuned, %", "survives"]) {
    expect(printed).toContain(header);
  }
  expect(printed).not.toContain("half-length, %");
  expect(printed).toContain("sign changes");
});

it("one pair has a difference and no verdict; a missing one is empty", () => {
  const folder = folderWithRecipes();
  const { cells } = tableOf(folder).rows.find((row) => row.cells["variant"] === "hash")!;
  // 0.03 of 1.5, the baseline at that seed.
  expect(cells).toMatchObject({ "as-written": "+2.00", as_written_verdict: null, survives: null });
  const without = exampleUnder("half-rate");
  const runs = without.runs.filter(({ variant }) => variant !== "hash");
  const table = recipeTable(
    compareRecipes(example, [{ recipe: "half-rate", results: { ...without, runs } }])!,
  );
  const hash = table.rows.find((row) => row.cells["variant"] === "hash")!.cells;
  expect(hash).toMatchObject({ "half-rate": null, half_rate_pairs: null, survives: null });
});

it("files: recipes.csv and recipes.md beside the summary, equal columns whatever was trained, gone with the recipes", () => {
  const folder = folderWithRecipes();
  const names = (paths: readonly string[]) => paths.map((path) => path.slice(folder.length + 1));
  expect(names(writeSummaryFiles(folder, answerOf(example, readRecipes(folder))))).toEqual([
    ...["summary.csv", "summary.md", "recipes.csv", "recipes.md"],
  ]);
  expect(readFileSync(join(folder, "recipes.md"), "utf8")).toContain(
    "does the verdict survive another recipe?",
  );
  const header = (of: string): string[] =>
    readFileSync(join(of, "recipes.csv"), "utf8").split("\n")[0]!.split(",");
  expect(header(folder)).toEqual(expect.arrayContaining(["half_length_verdict", "tuned_at", "survives"]));
  expect(new Set(header(folder)).size).toBe(header(folder).length);
  const fewer = join(temporaryFolder(), "fewer");
  writeExperimentFiles(fewer, example);
  cpSync(recipeFolder(folder, "half-rate"), recipeFolder(fewer, "half-length"), { recursive: true });
  cpSync(recipeFolder(folder, "half-rate"), recipeFolder(fewer, "half-rate"), { recursive: true });
  writeSummaryFiles(fewer, answerOf(example, readRecipes(fewer)));
  expect(header(fewer)).toEqual(header(folder));
  expect(readFileSync(join(fewer, "recipes.md"), "utf8")).toContain(
    "Left out, since their settings are not those that the experiment has now: half-length",
  );
  // Another experiment in the same place: the table of before would be of nothing that is there.
  const { experiment } = example.record;
  const [linear, ...others] = experiment.variants;
  const changed = { ...linear!, settings: { ...linear!.settings, streams: { router: 7 } } };
  const now = {
    ...example,
    record: { ...example.record, experiment: { ...experiment, variants: [changed, ...others] } },
  };
  expect(names(writeSummaryFiles(folder, answerOf(now, readRecipes(folder))))).toEqual([
    "summary.csv",
    "summary.md",
  ]);
  expect(existsSync(join(folder, "recipes.csv"))).toBe(false);
});
