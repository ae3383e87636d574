import { availableParallelism } from "node:os";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { loadExperiment } from "../config/load.ts";
import type { LoadOptions } from "../config/load.ts";
import type { WrittenExperiment } from "../config/schema.ts";
import type { Experiment } from "../config/settings.ts";
import { WORKER_FILE } from "../exec/child.ts";
import type { WorkerSettings } from "../exec/messages.ts";
import { provenanceOf } from "../exec/provenance.ts";
import type { PlannedRun, RunRecords, RunsAt } from "../exec/plan.ts";
import { routerRegistry } from "../exec/router-registry.ts";
import type { RouterRegistry } from "../exec/router-registry.ts";
import { shippedRouters } from "../routers/index.ts";
import { runsFolderOf } from "../store/read-run.ts";
import type { Provenance } from "../records/run.ts";
import type { SweepEvent } from "./events.ts";
import { refuseOtherFile, refuseTakenName } from "./one-name.ts";
import { openLooks } from "./looks.ts";
import type { LookHistory } from "./looks.ts";
import { passesOf } from "./passes.ts";
import { planExperiment, probe } from "./plan.ts";
import { checkOwnRouters } from "./router-checks.ts";
import type { RunRequest } from "./run-flags.ts";
import { timeBudget } from "../exec/time-budget.ts";
import type { TimeBudget } from "../exec/time-budget.ts";
import { checkWritable } from "./writable.ts";

/** An experiment from request to answer: what is asked, what is planned and there, what computes, and whom to tell. */
export interface Session {
  readonly request: RunRequest;
  readonly experiment: Experiment;
  /** The experiment's runs at any seeds. */
  readonly runsAt: RunsAt;
  /** The run.json files behind them. */
  readonly records: RunRecords;
  /** Plans the runs of an experiment that trains the same variants otherwise. */
  readonly planOf: (experiment: Experiment) => RunsAt;
  /** Looks taken at the results before. */
  readonly looks: LookHistory;
  /** The result folder. */
  readonly folder: string;
  /** Absolute. */
  readonly runsFolder: string;
  readonly worker: WorkerSettings;
  readonly workerFile: string;
  readonly provenance: Provenance;
  /** Processes at a time. */
  readonly jobs: number;
  /** How long it may train; planned looks keep to their own time. */
  readonly budget: TimeBudget;
  readonly tell: (event: SweepEvent) => void;
  /** Stops after the running steps. */
  readonly signal: AbortSignal;
  /** Ends every process at once. */
  readonly killSignal: AbortSignal;
}

/** Whom a session tells, and who can stop it. */
export type SessionHooks = Pick<Session, "tell" | "signal" | "killSignal">;

/** A request that was read and checked, before anybody asks what computes it. */
export type Asked = Pick<
  Session,
  "request" | "experiment" | "runsAt" | "records" | "planOf" | "looks" | "folder" | "runsFolder"
>;

/** The same, with what a session still needs. */
interface PlannedRequest extends Asked {
  readonly routers: RouterRegistry;
  /** Of tokenised text; null: nowhere. */
  readonly cacheFolder: string | null;
  /** As the tier has it; null without. */
  readonly maxMinutes: Awaited<ReturnType<typeof loadExperiment>>["maxMinutes"];
}

/**
 * Reads and checks a request and plans its runs. Nothing is written and no engine loaded.
 * @param source an experiment file, or what one would hold; relative paths in it start from the current folder.
 * @param isWritten whether the output folder will be written: then it must be possible.
 * @throws InputError with everything that is wrong.
 */
export async function planRequest(
  source: string | WrittenExperiment,
  request: RunRequest,
  { tell, isWritten }: Pick<Session, "tell"> & { readonly isWritten: boolean },
): Promise<PlannedRequest> {
  const routers = routerRegistry(shippedRouters);
  const loading = { ...loadOptions(request), routers: shippedRouters, loadRouter: routers.load };
  const { experiment: written, locate, notices, maxMinutes } = await loadExperiment(source, loading);
  const experiment = { ...startingAt(written, request.firstSeed), ...fileBelow(source) };
  const name = resultFolderName(experiment);
  const folder = join(request.out, name);
  refuseTakenName(name, locate(null, "name"));
  if (isWritten) checkWritable(request.out, [runsFolderOf(request.out), folder]);
  const runsFolder = resolve(runsFolderOf(request.out));
  if (typeof source === "string") refuseOtherFile(source, { runsFolder, folder, name });
  const { notices: more, ...plan } = planExperiment(experiment, { locate, routers, runsFolder });
  for (const text of [...notices, ...more]) tell({ type: "note", text });
  const looks = openLooks(folder, baselineRun(experiment, plan.runsAt), experiment.seeds);
  return { ...plan, request, experiment, looks, folder, runsFolder, routers, maxMinutes };
}

/**
 * Reads and checks a request, plans its runs, checks routers of the user's own, and asks the engine whether it works here. Nothing is written.
 * @param source an experiment file, or what one would hold; relative paths in it start from the current folder.
 * @throws InputError with everything that is wrong.
 */
export async function openSession(
  source: string | WrittenExperiment,
  request: RunRequest,
  hooks: SessionHooks,
): Promise<Session> {
  const started = performance.now();
  const passes = passesOf(request.passes);
  const { routers, cacheFolder, maxMinutes, ...planned } = await planRequest(source, request, {
    ...{ tell: hooks.tell, isWritten: true },
  });
  const { experiment } = planned;
  const { threads, engine } = request;
  const asked = { engine, threads, passes, cacheFolder };
  // At once: each is a process of its own.
  const [found] = await Promise.all([
    probe(WORKER_FILE, asked),
    checkOwnRouters(experiment, routers, { workerFile: WORKER_FILE, engine }),
  ]);
  if (found.advice !== undefined) hooks.tell({ type: "note", text: found.advice });
  return {
    ...planned,
    // Every run gets the engine that "auto" is now, whatever is installed meanwhile.
    worker: { ...asked, engine: found.name },
    provenance: provenanceOf(found),
    workerFile: WORKER_FILE,
    budget: timeBudget(request.untilDecided ? null : (request.maxMinutes ?? maxMinutes), started),
    jobs: request.jobs ?? Math.max(1, Math.floor(availableParallelism() / threads)),
    ...hooks,
  };
}

/** The baseline's run at the first seed. */
export function baselineRun(
  { baseline, seeds }: Pick<Experiment, "baseline" | "seeds">,
  runsAt: RunsAt,
): PlannedRun {
  const run = runsAt(seeds.slice(0, 1)).find(({ variant }) => variant === baseline);
  if (run === undefined) throw new Error(`no run of the baseline ${baseline}`);
  return run;
}

function loadOptions({ set, base, tier, seeds, steps, only }: RunRequest): Omit<LoadOptions, "routers"> {
  return {
    set,
    ...(base !== null && { base }),
    ...(tier !== null && { tier }),
    ...(seeds !== null && { seeds }),
    ...(steps !== null && { steps }),
    ...(only.length > 0 && { only }),
  };
}

/** The file as commands name it from here; a path that leads out of this folder says nothing elsewhere. */
function fileBelow(source: string | WrittenExperiment): Pick<Experiment, "file"> {
  if (typeof source !== "string") return {};
  const path = relative(process.cwd(), resolve(source));
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
