import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../core/errors.ts";
import { runsToDo, runsWithParents } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { lockSign } from "../store/holding/lock.ts";
import { experimentFiles } from "../sweep/one-name.ts";
import { priceFromRuns } from "../sweep/price.ts";
import { askedRuns } from "../sweep/recipes.ts";
import { runFlops } from "../sweep/run-cost.ts";
import type { RunRequest } from "../sweep/run-flags.ts";
import { planRequest } from "../sweep/session.ts";

/** How a run of a plan stands. `queued`: nobody is doing it, begun or not. */
export interface RunState {
  readonly name: string;
  readonly variant: string;
  readonly seed: number;
  readonly state: "queued" | "running" | "done" | "failed";
  readonly stepsDone: number;
  readonly steps: number;
  /** Who is doing it, and for how long it gave no sign of life by this host's clock. */
  readonly worker: { readonly host: string; readonly pid: number; readonly silentSeconds: number } | null;
  /** Why it failed, or why one that looks begun is queued; null where there is nothing to say. */
  readonly why: string | null;
}

/** How an experiment stands. */
export interface ExperimentStatus {
  readonly title: string;
  readonly tier: string;
  readonly folder: string;
  readonly runs: readonly RunState[];
  /** What the runs that are neither done nor failed still need. */
  readonly rest: {
    readonly runs: number;
    readonly flops: number;
    /** Of one process, all runs one after the other; null where no finished run tells. */
    readonly seconds: number | null;
  };
}

/** Older signs than this are no sign of life; locks of processes that can be asked tell by themselves. */
const SILENT_SECONDS = 300;

/**
 * How the runs of an experiment stand, or of every experiment that an output folder knows. Loads no engine, writes nothing.
 * @param target an experiment file, an output folder of `run`, or a result folder in one.
 * @param request the flags of `run` that the runs were asked for with.
 * @throws InputError with everything that is wrong.
 */
export async function statusOf(target: string, request: RunRequest): Promise<readonly ExperimentStatus[]> {
  const all: ExperimentStatus[] = [];
  for (const each of requestsOf(target, request)) all.push(await statusOfOne(each.file, each.request));
  return all;
}

/** An experiment file, and what was asked of it. */
interface FileRequest {
  readonly file: string;
  readonly request: RunRequest;
}

/**
 * The experiments that a target names.
 * @param target an experiment file, an output folder of `run`, or a result folder in one.
 * @throws InputError where it names none.
 */
export function requestsOf(target: string, request: RunRequest): readonly FileRequest[] {
  if (!existsSync(target)) {
    const message = "no such file or folder; name an experiment, or the --out of `moe-lab run`";
    throw new InputError([{ where: target, path: "", message }]);
  }
  return statSync(target).isDirectory() ? requestsIn(target, request) : [{ file: target, request }];
}

async function statusOfOne(file: string, request: RunRequest): Promise<ExperimentStatus> {
  const planned = await planRequest(file, request, { tell: () => undefined, isWritten: false });
  const { experiment, folder, runsFolder } = planned;
  const asked = askedRuns(planned);
  const runs = runsWithParents(asked).map((run) => stateOf(run, runsFolder));
  const gone = new Set(runs.filter(({ state }) => state === "failed").map(({ name }) => name));
  const rest = runsToDo(asked).filter(({ runName }) => !gone.has(runName));
  return {
    ...{ title: experiment.title, tier: experiment.tier, folder, runs },
    rest: {
      runs: rest.length,
      flops: rest.reduce((sum, run) => sum + runFlops(run), 0),
      seconds: secondsOf(asked, rest, runsFolder),
    },
  };
}

/** By the runs that whatever computed the last of them has finished. */
function secondsOf(
  asked: readonly PlannedRun[],
  rest: readonly PlannedRun[],
  runsFolder: string,
): number | null {
  const provenance = asked.findLast(({ known }) => known?.status === "finished")?.known?.provenance;
  if (provenance === undefined || provenance === null) return null;
  return priceFromRuns({ jobs: 1, runsFolder, provenance }, asked)?.secondsOfAll(rest) ?? null;
}

/** How a run stands, by its record and its lock. */
export function stateOf({ runName, variant, seed, plan, known }: PlannedRun, runsFolder: string): RunState {
  const { steps } = plan.identity.settings.training;
  const stepsDone = known?.stepsDone ?? 0;
  const at = { name: runName, variant, seed, stepsDone, steps, worker: null, why: null };
  switch (known?.status) {
    case "finished":
      return { ...at, state: "done" };
    case "failed":
    case "diverged":
      return { ...at, state: "failed", why: known.failure };
    case "running": {
      const sign = lockSign(join(runsFolder, runName));
      if (sign === null) return { ...at, state: "queued" };
      const { host, pid } = sign.owner;
      const silentSeconds = Math.max(0, sign.ageSeconds);
      const worker = { host, pid, silentSeconds };
      if (sign.state === "running" || silentSeconds < SILENT_SECONDS)
        return { ...at, state: "running", worker };
      return {
        ...at,
        state: "queued",
        why: `process ${pid} on ${host} is silent; a worker will take it over`,
      };
    }
    case "damaged":
      return { ...at, state: "queued", stepsDone: 0, why: known.failure };
    default:
      return { ...at, state: "queued" };
  }
}

/** The experiments whose results stand below an output folder, or the one whose folder is given. */
function requestsIn(folder: string, request: RunRequest): FileRequest[] {
  const isResult = existsSync(join(folder, "experiment.json"));
  const out = isResult ? dirname(resolve(folder)) : folder;
  const files = experimentFiles(out).filter(({ name }) => !isResult || name === basename(resolve(folder)));
  if (files.length > 0)
    return files.map(({ file, tier }) => ({
      file,
      request: { ...request, out, tier: tier ?? request.tier },
    }));
  const message =
    "no experiment file is known that has its results here; name the file itself, as in `moe-lab status experiment.json`";
  throw new InputError([{ where: folder, path: "", message }]);
}
