import { experimentUnder, type RecipeName } from "../config/recipes.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { answerOf } from "../report/answer.ts";
import { readRecipes, recipeFolder } from "../store/recipe-folders.ts";
import { writeExperimentFiles } from "../store/experiment-files.ts";
import { writeResultSet } from "../store/result-set.ts";
import { pictureFiles } from "../report/charts/plot-experiment.ts";
import { lossTable } from "../tables/loss.ts";
import { writeSummaryFiles } from "../tables/summary-files.ts";
import { summarise } from "../analysis/summary.ts";
import { recordLook, waitingNote } from "./answer.ts";
import { fixedSeeds, runFixedSeeds, trainSeeds } from "./fixed-seeds.ts";
import type { FixedSeeds } from "./fixed-seeds.ts";
import { lookByHand, openLooks } from "./looks.ts";
import type { Interrupted, Outcome } from "./outcome.ts";
import { resultsOf } from "./results.ts";
import type { Failure } from "./run-info.ts";
import { baselineRun } from "./session.ts";
import type { Asked, Session } from "./session.ts";

/** An experiment under a recipe: a session of its own, but for the runs' folder, which is shared. */
interface RecipeSession<S> {
  readonly recipe: RecipeName;
  readonly session: S;
  readonly fixed: FixedSeeds;
}

/** The sessions of the recipes that are asked for, all of them checked. @throws InputError */
export function recipeSessions<S extends Asked>(session: S): RecipeSession<S>[] {
  return session.request.recipes.map((recipe) => {
    const experiment = experimentUnder(session.experiment, recipe);
    const runsAt = session.planOf(experiment);
    const folder = recipeFolder(session.folder, recipe);
    const looks = openLooks(folder, baselineRun(experiment, runsAt), experiment.seeds);
    const own = { ...session, experiment, runsAt, folder, looks };
    return { recipe, session: own, fixed: fixedSeeds(own) };
  });
}

/**
 * The experiment as written with its usual answer, then each recipe, then the table that says which verdicts survive.
 * @throws InputError before anything is written.
 */
export async function runWithRecipes(session: Session): Promise<Outcome> {
  const fixed = fixedSeeds(session);
  // All of them are checked before the first is trained.
  const recipes = recipeSessions(session);
  const own = await runFixedSeeds(session, fixed);
  if (own.status === "interrupted") return own;
  const failures: Failure[] = [...own.failures];
  for (const each of recipes) {
    const ended = await runRecipe(each);
    if ("status" in ended) return ended;
    failures.push(...ended);
  }
  const { folder, tell } = session;
  const answer = answerOf(own.results, readRecipes(folder));
  const files = await writeResultSet(folder, waitingNote(tell, folder), (writer) => {
    const written = writeSummaryFiles(folder, answer);
    writer.sealMore(written);
    return written;
  });
  tell({ type: "written", folder, files });
  return { ...own, ...answer, failures, files: [...new Set([...own.files, ...files])] };
}

/** Every run that a request asks for but for looks: its seeds, and its recipes with them. @throws InputError */
export function askedRuns(session: Asked): readonly PlannedRun[] {
  return [fixedSeeds(session), ...recipeSessions(session).map(({ fixed }) => fixed)].flatMap(
    ({ asked }) => asked,
  );
}

/** Trains an experiment under a recipe and writes its small files; no pictures, and no timing pass: it is the same step. */
async function runRecipe({
  recipe,
  session,
  fixed,
}: RecipeSession<Session>): Promise<readonly Failure[] | Interrupted> {
  const { experiment, folder, looks, request, tell } = session;
  tell({ type: "recipe", recipe });
  const trained = await trainSeeds(session, fixed);
  if ("status" in trained) return trained;
  const procedure = lookByHand(looks, experiment, fixed.seeds, request.looks);
  const results = { ...resultsOf(session, fixed, null), ...recordLook(session, procedure) };
  await writeResultSet(folder, waitingNote(tell, folder), (writer) => {
    const data = writeExperimentFiles(folder, results);
    const table = lossTable(summarise(results));
    writer.seal([...data, ...writeSummaryFiles(folder, { table, recipes: null })], pictureFiles());
  });
  tell({ type: "recipe-finished", recipe, folder, failures: trained.failures });
  return trained.failures;
}
