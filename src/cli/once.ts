import { EXIT } from "../core/errors.ts";
import { runsToDo, runsWithParents } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import type { RunContext } from "./context.ts";
import { finish, sayInterrupted } from "./finish.ts";
import { plural, titleOf } from "./format.ts";
import { lookByHand, lookWarning, refuseOtherLooks, seedsToShow } from "./looks.ts";
import { printPrice } from "./price.ts";
import type { RunRequest } from "./run-request.ts";
import { speedsOf } from "./speeds.ts";
import { sweep } from "./sweep.ts";
import type { SweepResult } from "./sweep.ts";

/** What a plain `run` trains and shows. */
export interface Asked {
  /** The experiment's seeds, and those looked at before. */
  readonly seeds: readonly number[];
  /** The request's, with the runs that are asked for. */
  readonly context: RunContext;
  readonly isAsked: (run: PlannedRun) => boolean;
}

/** @throws InputError for looks other than those planned. */
export function askedOf({ options, context, plan, book }: RunRequest): Asked {
  refuseOtherLooks(book, options);
  const { experiment } = context;
  const seeds = seedsToShow(book, experiment.seeds);
  // Of seeds looked at before, what is there: a variant with a verdict may have been asked for fewer.
  const isAsked = ({ seed, known }: PlannedRun): boolean =>
    experiment.seeds.includes(seed) || known?.status === "finished";
  return { seeds, isAsked, context: { ...context, planned: plan(seeds).filter(isAsked) } };
}

/** Trains what is asked for and not finished, and says so. @returns null, with the reason said, when interrupted. */
export async function trainAsked({ book }: RunRequest, asked: Asked): Promise<SweepResult | null> {
  const { context, seeds } = asked;
  const { io, experiment } = context;
  const todo = runsToDo(context.planned);
  io.stderr(`${describePlan(context, todo)}\n`);
  const warning = lookWarning(book, experiment.seeds, seeds);
  if (warning !== null) io.stderr(`note: ${warning}\n`);
  const swept = await sweep(context, todo);
  if (!swept.interrupted) return swept;
  sayInterrupted(context, todo, swept);
  return null;
}

/** Trains the seeds that were asked for, and takes one look at them. @returns the exit code. */
export async function runOnce(request: RunRequest): Promise<number> {
  const { options, context, plan, book } = request;
  const { experiment } = context;
  const asked = askedOf(request);
  if (options.dryRun) return printPrice(asked.context, options.json);
  const swept = await trainAsked(request, asked);
  if (swept === null) return EXIT.interrupted;
  const { seeds, isAsked } = asked;
  const planned = plan(seeds);
  const done = { ...context, experiment: { ...experiment, seeds }, planned };
  const speeds = await speedsOf(done);
  if (speeds === "interrupted") return sayInterrupted(asked.context, runsToDo(asked.context.planned), swept);
  const procedure = lookByHand(book, experiment, seeds, options.looks);
  const { failures } = swept;
  return finish({ ...request, context: done, asked: planned.filter(isAsked), procedure, speeds, failures });
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
