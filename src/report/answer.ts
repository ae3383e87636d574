import { compareRecipes } from "../analysis/recipes.ts";
import { summarise, type Summary } from "../analysis/summary.ts";
import type { readRecipes } from "../store/recipe-folders.ts";
import type { ExperimentResults } from "../records/experiment.ts";
import { lossTable } from "../tables/loss.ts";
import { recipeTable } from "../tables/recipes.ts";
import type { Table } from "../tables/table.ts";
import type { ChartSpec } from "./draw/chart-spec.ts";
import { chartsOf } from "./charts/plot-experiment.ts";

/** What an experiment's results say, made once: what is printed, the files, the pictures and the page all take it from here. */
export interface Answer {
  readonly results: ExperimentResults;
  readonly summary: Summary;
  /** The table of losses. */
  readonly table: Table;
  /** The table of verdicts under recipes; null where no recipe has results. */
  readonly recipes: Table | null;
  /** Those for which there is data, in the order in which a reader wants them. */
  readonly charts: readonly ChartSpec[];
}

/** Makes the answer of an experiment's results. @param recipes what it gave under recipes. */
export function answerOf(results: ExperimentResults, recipes: ReturnType<typeof readRecipes>): Answer {
  const summary = summarise(results);
  const comparison = compareRecipes(results, recipes, summary);
  return {
    results,
    summary,
    table: lossTable(summary),
    recipes: comparison && recipeTable(comparison),
    charts: chartsOf(results, summary),
  };
}
