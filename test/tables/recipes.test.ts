import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { isRecipeFolder, ownFolder, recipeFolder, readRecipes } from "../../src/store/recipe-folders.ts";
import type { ExperimentResults } from "../../src/store/records.ts";
import { printTables } from "../../src/tables/print.ts";
import { recipeTables } from "../../src/tables/recipes.ts";
import { writeSummaryFiles } from "../../src/tables/summary-files.ts";
import { temporaryFolder } from "../support/runs.ts";
import { example } from "./example.ts";

const own: ExperimentResults = {
  ...example,
  record: {
    ...example.record,
    experiment: { ...example.record.experiment, recipes: ["half-lr", "twice", "never-run"] },
  },
};
/** Results under a recipe, dense moved by something. */
const under = (name: string, moved: number): ExperimentResults => ({
  ...own,
  record: {
    ...own.record,
    experiment: { ...own.record.experiment, recipe: { name, isBestOf: false } },
  },
  runs: own.runs.map((run) => ({
    ...run,
    results: run.results && {
      ...run.results,
      validationLossNats: run.results.validationLossNats + (run.variant === "dense" ? moved : 0),
    },
  })),
});
function folderWithRecipes(): string {
  const folder = join(temporaryFolder(), "attention-router");
  writeExperimentFiles(folder, own);
  writeExperimentFiles(recipeFolder(folder, "half-lr"), under("half-lr", 0));
  writeExperimentFiles(recipeFolder(folder, "twice"), under("twice", -0.14));
  return folder;
}

it("a recipe's results stand beside the experiment's own", () => {
  expect(recipeFolder("results/a/", "half-lr")).toBe("results/a@half-lr");
  expect([ownFolder("results/a@half-lr"), ownFolder("re@sults/a")]).toEqual(["results/a", "re@sults/a"]);
  expect([isRecipeFolder("x/a@b"), isRecipeFolder("x@b/a")]).toEqual([true, false]);
  const folder = folderWithRecipes();
  expect(readRecipes(folder, own).map(({ record }) => record.experiment.recipe?.name)).toEqual(["half-lr", "twice"]);
  expect(readRecipes(folder, example)).toEqual([]);
});

it("a verdict under each recipe, and what becomes of it", () => {
  const [table] = recipeTables(folderWithRecipes(), own);
  const dense = table!.rows.find(({ cells }) => cells["variant"] === "dense")!.cells;
  expect(dense).toMatchObject({
    ...{ own_verdict: "worse", "half-lr_verdict": "worse", twice_verdict: "better", survives: "sign changes" },
    ...{ own_pairs: 3 },
  });
  // 0.07 of 1.52; and 0.07 - 0.14.
  expect(dense["own_difference_percent"]).toBeCloseTo(7 / 1.52, 10);
  expect(dense["twice_difference_percent"]).toBeCloseTo(-7 / 1.52, 10);
  expect(table!.notes.at(-1)).toBe(
    "The effect changes its sign with the recipe: Dense. Neither sign holds by itself.",
  );
  const printed = printTables([table!], "table", { columns: 80, color: false });
  expect(printed.split("\n").every((line) => line.length <= 80)).toBe(true);
  expect(printed).toContain("sign changes");
});

it("summary.md and recipes.csv have it; without recipes nothing is said of them", () => {
  const folder = folderWithRecipes();
  const files = writeSummaryFiles(folder, own).map((path) => path.slice(folder.length + 1));
  expect(files).toEqual(["summary.csv", "summary.md", "recipes.csv"]);
  expect(readFileSync(join(folder, "summary.md"), "utf8")).toContain("do the verdicts survive another recipe?");
  expect(readFileSync(join(folder, "recipes.csv"), "utf8").split("\n")[0]).toContain("half-lr_verdict,");
  const alone = join(temporaryFolder(), "attention-router");
  mkdirSync(alone);
  cpSync(folder, alone, { recursive: true });
  expect(recipeTables(alone, own)).toEqual([]);
});
