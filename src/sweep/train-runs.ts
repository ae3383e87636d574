import { join } from "node:path";
import type { RunEnd } from "../exec/messages.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { startPool } from "../exec/process-pool.ts";
import type { PoolEvent } from "../exec/process-pool.ts";
import { freeSilentLock } from "../store/holding/lock.ts";
import { readRun } from "../store/read-run.ts";
import { openRun } from "../store/write-run.ts";
import type { RunEvent } from "./events.ts";
import { infoOf } from "./run-info.ts";
import type { Failure, RunInfo } from "./run-info.ts";
import { damageNotes } from "./run-notes.ts";
import type { Session } from "./session.ts";
import { runClock } from "../exec/time-budget.ts";

/** What became of runs that were to be trained. */
export interface Trained {
  readonly interrupted: boolean;
  /** Runs finished here. */
  readonly finished: number;
  /** Runs that stopped with a checkpoint. */
  readonly stopped: number;
  /** Runs that were not started, since they would have ended too late. */
  readonly leftOut: number;
  readonly failures: readonly Failure[];
}

/** How often runs of other processes are looked at. */
const WAIT_MS = 1000;

/**
 * Trains what is to do. The signal stops after the running steps, the kill signal at once. Runs that another process is doing are waited for,
 * and taken over if it gives them up.
 */
export async function trainRuns(session: Session, todo: readonly PlannedRun[]): Promise<Trained> {
  const { signal, records, tell } = session;
  const ends = new Map<string, RunEnd>();
  for (const note of damageNotes(session, todo)) tell(note);
  tell({ type: "phase", phase: "training" });
  let left: readonly PlannedRun[] = todo;
  while (left.length > 0 && !signal.aborted) {
    for (const [run, end] of await trainAtOnce(session, left)) ends.set(run, end);
    left = todo.filter((run) => ends.get(run.runName)?.status === "busy");
    await waitForOthers(session, left);
  }
  const failures = failuresOf(session, todo, ends);
  records.forget(todo.map(({ runName }) => runName));
  const count = (status: RunEnd["status"]): number =>
    [...ends.values()].filter((end) => end.status === status).length;
  return {
    ...{ interrupted: signal.aborted, failures },
    ...{ finished: count("finished"), stopped: count("interrupted") },
    leftOut: signal.aborted ? 0 : todo.length - ends.size,
  };
}

/** The runs that failed, each written down where its worker could not. */
export function failuresOf(
  session: Session,
  runs: readonly PlannedRun[],
  ends: ReadonlyMap<string, RunEnd>,
): Failure[] {
  return runs.flatMap((run) => {
    const end = ends.get(run.runName);
    if (end?.status !== "failed") return [];
    const reason = `${end.message}. ${end.hint}`;
    recordCrash(session, run, reason);
    return [{ run: infoOf(run), reason }];
  });
}

/** Trains runs in processes of their own, as many at a time as the session has. */
async function trainAtOnce(
  session: Session,
  runs: readonly PlannedRun[],
): Promise<ReadonlyMap<string, RunEnd>> {
  const { tell, signal } = session;
  tell({ type: "started-all", runs: runs.map(infoOf) });
  const onStop = (): void => tell({ type: "stopping" });
  signal.addEventListener("abort", onStop);
  const ends = await runInPool(session, runs);
  signal.removeEventListener("abort", onStop);
  tell({ type: "ended-all" });
  return ends;
}

/** Trains some of a session's runs and tells what happens to each; the signals stop it. @returns how each ended, by run name. */
export async function runInPool(
  { request, jobs, worker, runsFolder, workerFile, budget, tell, signal, killSignal }: Session,
  runs: readonly PlannedRun[],
): Promise<ReadonlyMap<string, RunEnd>> {
  const infos = new Map(runs.map((run) => [run.runName, infoOf(run)]));
  const tasks = runs.map(({ spec: variant, seed, runName, parent }) => ({
    spec: { variant, seed, runName, runsFolder, keepsWeights: !request.withoutWeights, ...worker },
    after: parent && parent.runName,
  }));
  const clock = runClock();
  const pool = startPool(tasks, {
    ...{ jobs, workerFile },
    mayStart: () => budget.hasTimeFor(clock.meanSeconds()),
    onEvent: (event) => {
      if (event.type === "started") clock.started(event.run);
      if (event.type === "ended" && event.end.status === "finished") clock.finished(event.run);
      const run = infos.get(event.run);
      if (run !== undefined) tell(eventOf(withCheckpoint(event, runsFolder), run));
    },
  });
  signal.addEventListener("abort", pool.stop);
  killSignal.addEventListener("abort", pool.kill);
  const ends = await pool.done;
  signal.removeEventListener("abort", pool.stop);
  killSignal.removeEventListener("abort", pool.kill);
  return ends;
}

/** A run that was killed could not say from where it goes on; its folder does. */
function withCheckpoint(event: PoolEvent, runsFolder: string): PoolEvent {
  if (event.type !== "ended" || event.end.status !== "interrupted" || event.end.stepsDone > 0) return event;
  const stepsDone = readRun(join(runsFolder, event.run))?.stepsDone ?? 0;
  return { ...event, end: { status: "interrupted", stepsDone } };
}

function eventOf(event: PoolEvent, run: RunInfo): RunEvent {
  return { ...event, run };
}

async function waitForOthers(
  { tell, runsFolder, signal }: Session,
  runs: readonly PlannedRun[],
): Promise<void> {
  if (runs.length > 0) tell({ type: "waiting", runs: runs.length });
  const isBusy = (run: PlannedRun): boolean => readRun(join(runsFolder, run.runName))?.status === "running";
  // Whoever was silent for too long is no longer waited for; the process that takes the run over must not watch it again.
  const isLeft = (run: PlannedRun): boolean => {
    if (isBusy(run)) return true;
    freeSilentLock(join(runsFolder, run.runName));
    return false;
  };
  while (runs.some(isLeft) && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
}

/** A worker that died could not write down why; its parent does. */
function recordCrash({ runsFolder, provenance }: Session, run: PlannedRun, failure: string): void {
  const status = readRun(join(runsFolder, run.runName))?.status;
  if (status === "failed" || status === "diverged") return;
  const opened = openRun(runsFolder, run.plan, provenance);
  if (opened.kind === "open") opened.run.end({ status: "failed", failure });
}
