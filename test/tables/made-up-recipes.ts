import { experimentUnder, type RecipeName } from "../../src/config/recipes.ts";
import type { ExperimentResults } from "../../src/records/experiment.ts";
import { example } from "./example.ts";

/** The example (example.ts) as results under a recipe, the variants' losses moved by some nats. */
export function exampleUnder(
  recipe: RecipeName,
  moved: Readonly<Record<string, number>> = {},
): ExperimentResults {
  return {
    ...example,
    record: { ...example.record, experiment: experimentUnder(example.record.experiment, recipe) },
    runs: example.runs.map((run) => ({
      ...run,
      runId: `${run.runId}-${recipe}`,
      results: run.results && {
        ...run.results,
        validationLossNats: run.results.validationLossNats + (moved[run.variant] ?? 0),
      },
    })),
  };
}

/** All variants of the example moved alike: no difference changes. */
export const everywhere = (nats: number): Record<string, number> =>
  Object.fromEntries(example.record.experiment.variants.map(({ name }) => [name, nats]));
