import { basename } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { RunEnd } from "../exec/messages.ts";
import { runsToDo, runsWithParents } from "../exec/plan.ts";
import { resumedOf } from "../sweep/fixed-seeds.ts";
import { claimName } from "../sweep/one-name.ts";
import { askedRuns } from "../sweep/recipes.ts";
import type { RunRequest } from "../sweep/run-flags.ts";
import { infoOf } from "../sweep/run-info.ts";
import type { Failure } from "../sweep/run-info.ts";
import { openSession } from "../sweep/session.ts";
import type { Session, SessionHooks } from "../sweep/session.ts";
import { failuresOf, runInPool } from "../sweep/train-runs.ts";
import { openQueue } from "./queue.ts";
import type { RunQueue } from "./queue.ts";

/** What a worker did, and how the plan stands as far as it saw. */
export interface Taken {
  readonly interrupted: boolean;
  /** Runs that it finished. */
  readonly finished: number;
  /** Runs that stopped with a checkpoint. */
  readonly stopped: number;
  readonly failures: readonly Failure[];
  /** Runs of the plan, parents included. */
  readonly runs: number;
  /** Those neither finished nor given up when it ended; others may be at work on them. */
  readonly left: number;
}

/** How often runs of other workers are looked at. */
const WAIT_MS = 1000;

/**
 * One of several workers on an experiment: trains runs that nobody is doing, one after the other and `jobs` at a time, until it has taken
 * as many as asked for or none is left. Writes no results. Any number of them may work on one output folder, also from several hosts.
 * @throws InputError before anything is written.
 */
export async function takeRuns(file: string, request: RunRequest, hooks: SessionHooks): Promise<Taken> {
  const session = await openSession(file, request, hooks);
  const { experiment, jobs, worker, tell, signal } = session;
  const asked = askedRuns(session);
  const todo = runsToDo(asked);
  const runs = runsWithParents(asked).length;
  tell({
    ...{ type: "planned", experiment, runs, toDo: todo.length, jobs, threads: worker.threads },
    parents: runs - new Set(asked.map(({ runName }) => runName)).size,
    resumed: resumedOf(session, todo),
  });
  claimName(file, session.runsFolder, basename(session.folder));
  tell({ type: "phase", phase: "training" });
  tell({ type: "started-all", runs: todo.map(infoOf) });
  const onStop = (): void => tell({ type: "stopping" });
  signal.addEventListener("abort", onStop);
  const count = { taken: 0, finished: 0, stopped: 0, gone: 0 };
  const queue = openQueue(session.runsFolder, todo, (run, isFinished) => {
    count.gone += 1;
    const end: RunEnd = isFinished
      ? { status: "finished", reused: true }
      : { status: "failed", message: "another worker failed in it", hint: "`moe-lab status` says why" };
    tell({ type: "ended", run: infoOf(run), end });
  });
  const failures: Failure[] = [];
  await Promise.all(
    Array.from({ length: jobs }, () => workOff(session, queue, { count, failures, most: request.take ?? 1 })),
  );
  signal.removeEventListener("abort", onStop);
  tell({ type: "ended-all" });
  const { finished, stopped } = count;
  const left = todo.length - count.gone - finished - failures.length;
  return { interrupted: signal.aborted, finished, stopped, failures, runs, left };
}

interface Tally {
  readonly count: { taken: number; finished: number; stopped: number; gone: number };
  readonly failures: Failure[];
  /** Runs that all lanes together may take. */
  readonly most: number;
}

/** One lane of a worker: takes runs until there are none. */
async function workOff(session: Session, queue: RunQueue, { count, failures, most }: Tally): Promise<void> {
  const { signal } = session;
  const isOpen = (): boolean => !signal.aborted && count.taken < most;
  while (isOpen()) {
    const next = queue.next();
    if (next.kind === "none") return;
    if (next.kind === "wait") {
      await wait(WAIT_MS, undefined, { signal }).catch(() => undefined);
      continue;
    }
    const { run } = next;
    count.taken += 1;
    const ends = await runInPool(session, [run]);
    const end = ends.get(run.runName);
    failures.push(...failuresOf(session, [run], ends));
    // Another worker had it: that is none taken.
    const isOthers = end === undefined || end.status === "busy" || (end.status === "finished" && end.reused);
    if (isOthers) count.taken -= 1;
    if (end?.status === "finished") count[isOthers ? "gone" : "finished"] += 1;
    if (end?.status === "interrupted") count.stopped += 1;
    // No time is left for a run.
    if (end === undefined) return;
    queue.ended(run, end.status === "busy" ? "busy" : "done");
  }
}
