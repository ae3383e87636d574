import { experimentUnder, RECIPE_WORDS, type RecipeName } from "../config/recipes.ts";
import type { Experiment } from "../config/settings.ts";
import { EXIT } from "../core/errors.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { answerOf } from "../report/answer.ts";
import { readExperimentFiles, writeExperimentFiles } from "../store/experiment-files.ts";
import { readRecipes, recipeFolder } from "../store/recipe-folders.ts";
import { printTables } from "../tables/print.ts";
import { writeSummaryFiles } from "../tables/summary-files.ts";
import type { CommandIO } from "./io.ts";
import { recordLook } from "./finish.ts";
import { lookByHand, openLooks } from "./looks.ts";
import { askedOf, runOnce, trainAsked } from "./once.ts";
import { printPrice } from "./price.ts";
import { resultsOf } from "./results.ts";
import type { RunRequest } from "./run-request.ts";

/** An experiment under a recipe, as a request of its own. */
interface RecipeRequest {
  readonly recipe: RecipeName;
  readonly request: RunRequest;
}

/** A request and those of its recipes: the experiment and the results' folder are the recipe's, the runs' folder is shared. */
export function recipeRequests(
  request: RunRequest,
  recipes: readonly RecipeName[],
  planOf: (experiment: Experiment, seeds: readonly number[]) => PlannedRun[],
): RecipeRequest[] {
  return recipes.map((recipe) => {
    const experiment = experimentUnder(request.context.experiment, recipe);
    const plan = (seeds: readonly number[]): PlannedRun[] => planOf(experiment, seeds);
    const planned = plan(experiment.seeds);
    const folder = recipeFolder(request.folder, recipe);
    const book = openLooks(folder, experiment, planned);
    return {
      recipe,
      request: { ...request, context: { ...request.context, experiment, planned }, plan, folder, book },
    };
  });
}

/**
 * `run --recipe`: the experiment as written with its usual answer, then each recipe, then the table that says which verdicts survive.
 * @returns the exit code.
 * @throws InputError before anything is written.
 */
export async function runWithRecipes(
  request: RunRequest,
  recipes: readonly RecipeRequest[],
): Promise<number> {
  const { options, folder, context } = request;
  const { io } = context;
  // All of them are checked before the first is trained.
  const asked = [request, ...recipes.map((each) => each.request)].map(
    (each) => askedOf(each).context.planned,
  );
  if (options.dryRun) {
    const [own = [], ...others] = asked;
    return printPrice(together(request, own, recipes, others), options.json);
  }
  // One JSON value is printed, at the end.
  const quiet: CommandIO = options.json ? { ...io, stdout: () => undefined } : io;
  let code = await runOnce({ ...request, context: { ...context, io: quiet } });
  for (const each of recipes) {
    if (code === EXIT.interrupted) return code;
    code = Math.max(code, await runRecipe(each));
  }
  if (code === EXIT.interrupted) return code;
  const results = readExperimentFiles(folder);
  const answer = answerOf(results, readRecipes(folder));
  const paths = writeSummaryFiles(folder, answer);
  const tables = answer.recipes === null ? [] : [answer.recipes];
  if (options.json) io.stdout(printTables([answer.table, ...tables], "json", io));
  else io.stdout(`\n${printTables(tables, "table", io)}`);
  io.stderr(`written to ${folder}: ${paths.map((path) => path.slice(folder.length + 1)).join(", ")}\n`);
  return code;
}

/** Trains an experiment under a recipe and writes its small files; no pictures, and no timing pass: it is the same step. */
async function runRecipe({ recipe, request }: RecipeRequest): Promise<number> {
  const { options, context, plan, book, folder } = request;
  const { io, experiment } = context;
  io.stderr(`recipe ${recipe}: ${RECIPE_WORDS[recipe]}\n`);
  const asked = askedOf(request);
  const swept = await trainAsked(request, asked);
  if (swept === null) return EXIT.interrupted;
  const { seeds } = asked;
  const planned = plan(seeds);
  const done = { ...context, experiment: { ...experiment, seeds }, planned };
  const looks = recordLook(folder, book, lookByHand(book, experiment, seeds, options.looks));
  const results = { ...resultsOf(done, null, planned.filter(asked.isAsked)), ...looks };
  writeExperimentFiles(folder, results);
  writeSummaryFiles(folder, answerOf(results, []));
  io.stderr(`written to ${folder}\n`);
  for (const { label, reason } of swept.failures) io.stderr(`${label}, ${recipe}: ${reason}\n`);
  return swept.failures.length > 0 ? EXIT.runsFailed : EXIT.done;
}

/** The experiment and its recipes as one, to be priced: the variants of a recipe are named `variant (recipe)`. */
function together(
  { context }: RunRequest,
  own: readonly PlannedRun[],
  recipes: readonly RecipeRequest[],
  others: readonly (readonly PlannedRun[])[],
): RunRequest["context"] {
  const named = (recipe: RecipeName, variant: string): string => `${variant} (${recipe})`;
  const variants = recipes.flatMap(({ recipe, request }) =>
    request.context.experiment.variants.map((variant) => ({
      ...variant,
      name: named(recipe, variant.name),
    })),
  );
  const planned = recipes.flatMap(({ recipe }, index) =>
    (others[index] ?? []).map((run) => ({ ...run, variant: named(recipe, run.variant) })),
  );
  const { experiment } = context;
  return {
    ...context,
    experiment: { ...experiment, variants: [...experiment.variants, ...variants] },
    planned: [...own, ...planned],
  };
}
