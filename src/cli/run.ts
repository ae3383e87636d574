import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { loadExperiment } from "../config/load.ts";
import type { Experiment } from "../config/settings.ts";
import { WORKER_FILE } from "../exec/child.ts";
import { passesOf } from "./passes.ts";
import { runsToDo, runsWithParents } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { routerShelf } from "../exec/router-shelf.ts";
import { shippedRouters } from "../routers/index.ts";
import { runsFolderOf } from "../store/read-run.ts";
import type { RunContext } from "./context.ts";
import { finish, sayInterrupted } from "./finish.ts";
import { plural, titleOf } from "./format.ts";
import type { CommandIO } from "./io.ts";
import { lookByHand, lookWarning, openLooks, refuseOtherLooks, seedsToShow } from "./looks.ts";
import { planExperiment, probe } from "./prepare.ts";
import { printPrice } from "./price.ts";
import type { RunOptions } from "./run-options.ts";
import type { RunRequest } from "./run-request.ts";
import { speedsOf } from "./speeds.ts";
import { sweep } from "./sweep.ts";
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
  const experiment = startingAt(written, options.firstSeed);
  checkWritable(options.out);
  const runsFolder = resolve(runsFolderOf(options.out));
  const {
    planned,
    plan,
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
  const request = { file, options, context, plan, folder, book };
  return options.untilDecided ? runUntilDecided(request) : runOnce(request);
}

/** Trains the seeds that were asked for, and takes one look at them. */
async function runOnce(request: RunRequest): Promise<number> {
  const { options, context, plan, book } = request;
  const { io, experiment } = context;
  refuseOtherLooks(book, options);
  const seeds = seedsToShow(book, experiment.seeds);
  // Of seeds looked at before, what is there: a variant with a verdict may have been asked for fewer.
  const isAsked = ({ seed, known }: PlannedRun): boolean =>
    experiment.seeds.includes(seed) || known?.status === "finished";
  const asked = { ...context, planned: plan(seeds).filter(isAsked) };
  if (options.dryRun) return printPrice(asked, options.json);
  const todo = runsToDo(asked.planned);
  io.stderr(`${describePlan(asked, todo)}\n`);
  const warning = lookWarning(book, experiment.seeds, seeds);
  if (warning !== null) io.stderr(`note: ${warning}\n`);
  const swept = await sweep(asked, todo);
  if (swept.interrupted) return sayInterrupted(asked, todo, swept);
  const planned = plan(seeds);
  const done = { ...context, experiment: { ...experiment, seeds }, planned };
  const speeds = await speedsOf(done);
  if (speeds === "interrupted") return sayInterrupted(asked, todo, swept);
  const procedure = lookByHand(book, experiment, seeds, options.looks);
  const { failures } = swept;
  return finish({ ...request, context: done, asked: planned.filter(isAsked), procedure, speeds, failures });
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

function describePlan(
  { experiment, planned, jobs, threads }: RunContext,
  todo: readonly PlannedRun[],
): string {
  const asked = runsWithParents(planned).length;
  const resumed = todo.filter((run) => run.known !== null && run.known.stepsDone > 0).length;
  const parentCount = asked - new Set(planned.map((run) => run.runName)).size;
  const parents = parentCount === 0 ? "" : ` (${plural(parentCount, "parent")} with them)`;
  const parts = [
    `${plural(experiment.variants.length, "variant")} x ${plural(experiment.seeds.length, "seed")}: ${plural(asked, "run")}${parents}`,
    `${asked - todo.length} finished before`,
    `${todo.length} to do${resumed > 0 ? ` (${resumed} from a checkpoint)` : ""}`,
  ];
  const how = `${Math.min(jobs, Math.max(1, todo.length))} at a time, ${plural(threads, "thread")} each`;
  return `${titleOf(experiment)}: ${parts.join(", ")}; ${how}`;
}
