import { availableParallelism } from "node:os";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { loadExperiment } from "../config/load.ts";
import type { Experiment } from "../config/settings.ts";
import { EXIT, InputError, messageOf } from "../core/errors.ts";
import type { EngineName } from "../engine/types.ts";
import { WORKER_FILE } from "../exec/child.ts";
import { runsToDo } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { routerShelf } from "../exec/router-shelf.ts";
import { shippedRouters } from "../routers/index.ts";
import { runsFolderOf } from "../store/read-run.ts";
import { plural, titleOf } from "./format.ts";
import type { RunContext } from "./context.ts";
import type { CommandIO } from "./io.ts";
import { printPrice } from "./price.ts";
import { printAnswer, writeAnswer } from "./answer.ts";
import { planExperiment, probe } from "./prepare.ts";
import { speedsOf } from "./speeds.ts";
import { sweep } from "./sweep.ts";
import type { SweepResult } from "./sweep.ts";
import { resultsOf } from "./results.ts";

/** Flags of `run`; null where the file or the machine decides. */
export interface RunOptions {
  readonly out: string;
  readonly jobs: number | null;
  readonly threads: number;
  readonly seeds: number | null;
  readonly steps: number | null;
  readonly tier: string | null;
  readonly set: readonly string[];
  readonly only: readonly string[];
  readonly engine: EngineName;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/**
 * `moe-lab run EXPERIMENT`: trains every variant and seed that is not finished yet, then writes and prints the answer.
 * @returns the exit code.
 * @throws InputError before anything is written.
 */
export async function runRun(file: string, options: RunOptions, io: CommandIO): Promise<number> {
  const shelf = routerShelf(shippedRouters);
  const { experiment, locate, notices } = await loadExperiment(file, {
    routers: shippedRouters,
    loadRouter: shelf.load,
    set: options.set,
    ...(options.tier !== null && { tier: options.tier }),
    ...(options.seeds !== null && { seeds: options.seeds }),
    ...(options.steps !== null && { steps: options.steps }),
    ...(options.only.length > 0 && { only: options.only }),
  });
  checkWritable(options.out);
  const runsFolder = resolve(runsFolderOf(options.out));
  const {
    planned,
    notices: textNotices,
    cacheFolder,
  } = planExperiment(experiment, locate, shelf, runsFolder);
  for (const notice of [...notices, ...textNotices]) io.stderr(`note: ${notice}\n`);

  const jobs = options.jobs ?? Math.max(1, Math.floor(availableParallelism() / options.threads));
  const { threads, engine } = options;
  const worker = { engine, threads, cacheFolder };
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
  if (options.dryRun) return printPrice(context, options.json);

  const folder = join(options.out, resultFolderName(experiment));
  const todo = runsToDo(planned);
  io.stderr(`${describePlan(context, todo)}\n`);
  const swept = await sweep(context, todo);
  if (swept.interrupted) return sayInterrupted(context, todo, swept);
  const speeds = await speedsOf(context);
  if (speeds === "interrupted") return sayInterrupted(context, todo, swept);

  const results = resultsOf(context, speeds);
  printAnswer(results, folder, options.json, io);
  await writeAnswer(folder, results, io);
  const flags = flagsThatChange(options);
  if (flags.length > 0) {
    io.stderr(
      `note: ${folder} holds what ${flags.join(" ")} asked for; run without to have the file's experiment\n`,
    );
  }
  return sayFailures(swept, io);
}

/** Folder below `--out`: standard (or untiered) results under the experiment's name, other tiers never mix with them. */
function resultFolderName({ name, tier }: Pick<Experiment, "name" | "tier">): string {
  return tier === "" || tier === "standard" ? name : `${name}-${tier}`;
}

function describePlan(
  { experiment, planned, jobs, threads }: RunContext,
  todo: readonly PlannedRun[],
): string {
  const asked = new Set(planned.map((run) => run.runName)).size;
  const resumed = todo.filter((run) => run.known !== null && run.known.stepsDone > 0).length;
  const parts = [
    `${plural(experiment.variants.length, "variant")} x ${plural(experiment.seeds.length, "seed")}: ${plural(asked, "run")}`,
    `${asked - todo.length} finished before`,
    `${todo.length} to do${resumed > 0 ? ` (${resumed} from a checkpoint)` : ""}`,
  ];
  const how = `${Math.min(jobs, Math.max(1, todo.length))} at a time, ${plural(threads, "thread")} each`;
  return `${titleOf(experiment)}: ${parts.join(", ")}; ${how}`;
}

function sayInterrupted(
  { io, planned }: RunContext,
  todo: readonly PlannedRun[],
  swept: SweepResult,
): number {
  const asked = new Set(planned.map((run) => run.runName)).size;
  const finished = asked - todo.length + swept.finished;
  const kept = swept.stopped > 0 ? `, ${swept.stopped} stopped with a checkpoint` : "";
  io.stderr(
    `interrupted: ${finished} of ${plural(asked, "run")} finished${kept}. The same command goes on from here.\n`,
  );
  return EXIT.interrupted;
}

function sayFailures(swept: SweepResult, io: CommandIO): number {
  for (const { label, reason } of swept.failures) io.stderr(`${label}: ${reason}\n`);
  return swept.failures.length > 0 ? EXIT.runsFailed : EXIT.done;
}

/** The flags that make the result folder hold something else than the file says. */
function flagsThatChange(options: RunOptions): string[] {
  return [
    ...options.set.map((set) => `--set ${set}`),
    ...options.only.map((variant) => `--only ${variant}`),
    ...(options.seeds === null ? [] : [`--seeds ${options.seeds}`]),
    ...(options.steps === null ? [] : [`--steps ${options.steps}`]),
  ];
}

/** Refuses an output folder before any work is done for it. @throws InputError */
function checkWritable(out: string): void {
  let folder = resolve(out);
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file`);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new InputError([
      { where: `--out ${out}`, path: "", message: `can't be written: ${messageOf(error)}` },
    ]);
  }
}
