import { existsSync } from "node:fs";
import { join } from "node:path";
import { RECIPES, type RecipeName } from "../config/recipes.ts";
import { readExperimentFiles } from "./experiment-files.ts";
import type { ExperimentResults } from "../records/experiment.ts";

/** What an experiment gave under a recipe. */
interface RecipeResults {
  readonly recipe: RecipeName;
  readonly results: ExperimentResults;
}

/** Where the results of an experiment under a recipe stand: an ordinary result folder below its own. */
export function recipeFolder(folder: string, recipe: RecipeName): string {
  return join(folder, "recipes", recipe);
}

/**
 * The results under recipes that stand below a result folder, those not trained left out.
 * @throws InputError for a damaged one.
 */
export function readRecipes(folder: string): RecipeResults[] {
  return RECIPES.flatMap((recipe) => {
    const path = recipeFolder(folder, recipe);
    return existsSync(join(path, "experiment.json")) ? [{ recipe, results: readExperimentFiles(path) }] : [];
  });
}
