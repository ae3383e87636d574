import { availableParallelism } from "node:os";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { loadExperiment } from "../config/load.ts";
import type { Experiment } from "../config/settings.ts";
import { WORKER_FILE } from "../exec/child.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { passesOf } from "./passes.ts";
import { routerShelf } from "../exec/router-shelf.ts";
import { shippedRouters } from "../routers/index.ts";
import { runsFolderOf } from "../store/read-run.ts";
import type { CommandIO } from "./io.ts";
import { openLooks } from "./looks.ts";
import { runOnce } from "./once.ts";
import { planExperiment, probe } from "./prepare.ts";
import type { RunOptions } from "./run-options.ts";
import { recipeRequests, runWithRecipes } from "./run-recipes.ts";
import { runUntilDecided } from "./until-decided.ts";
import { checkWritable } from "./writable.ts";

/**
 * `moe-lab run EXPERIMENT`: trains every variant and seed that is not finished yet, then writes and prints the answer.
 * @returns the exit code.
 * @throws InputError before anything is written.
 */
export async function runRun(file: string, options: RunOptions, io: CommandIO): Promise<number> {
  const passes = passesOf(options.passes);
  const shelf = routerShelf(shippedRouters);
  const {
    experiment: written,
    locate,
    notices,
  } = await loadExperiment(file, {
    routers: shippedRouters,
    loadRouter: shelf.load,
    set: options.set,
    ...(options.tier !== null && { tier: options.tier }),
    ...(options.seeds !== null && { seeds: options.seeds }),
    ...(options.steps !== null && { steps: options.steps }),
    ...(options.only.length > 0 && { only: options.only }),
  });
  const experiment = { ...startingAt(written, options.firstSeed), ...fileBelow(file) };
  checkWritable(options.out);
  const runsFolder = resolve(runsFolderOf(options.out));
  const {
    planned,
    planOf,
    notices: textNotices,
    cacheFolder,
  } = planExperiment(experiment, locate, shelf, runsFolder);
  for (const notice of [...notices, ...textNotices]) io.stderr(`note: ${notice}\n`);

  const jobs = options.jobs ?? Math.max(1, Math.floor(availableParallelism() / options.threads));
  const { threads, engine } = options;
  const worker = { engine, threads, passes, cacheFolder };
  const provenance = await probe(WORKER_FILE, worker);
  const context = {
    io,
    experiment,
    planned,
    provenance,
    runsFolder,
    jobs,
    workerFile: WORKER_FILE,
    ...worker,
  };
  const folder = join(options.out, resultFolderName(experiment));
  const book = openLooks(folder, experiment, planned);
  const plan = (seeds: readonly number[]): PlannedRun[] => planOf(experiment, seeds);
  const request = { file, options, context, plan, folder, book };
  if (options.untilDecided) return runUntilDecided(request);
  if (options.recipes.length === 0) return runOnce(request);
  return runWithRecipes(request, recipeRequests(request, options.recipes, planOf));
}

/** The file as commands name it from here; a path that leads out of this folder says nothing elsewhere. */
function fileBelow(file: string): Pick<Experiment, "file"> {
  const path = relative(process.cwd(), resolve(file));
  return path.startsWith("..") || isAbsolute(path) ? {} : { file: path.replaceAll(sep, "/") };
}

/** The experiment with as many seeds from `first` on; as it is without one. */
function startingAt(experiment: Experiment, first: number | null): Experiment {
  if (first === null) return experiment;
  return { ...experiment, seeds: experiment.seeds.map((_, index) => first + index) };
}

/** Folder below `--out`: standard (or untiered) results under the experiment's name, other tiers never mix with them. */
function resultFolderName({ name, tier }: Pick<Experiment, "name" | "tier">): string {
  return tier === "" || tier === "standard" ? name : `${name}-${tier}`;
}
