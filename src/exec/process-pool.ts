import type { Progress } from "../train/types.ts";
import { describeCrash, startChild } from "./child.ts";
import type { Child, ChildExit, ChildListener } from "./child.ts";
import type { RunEnd, RunSpec } from "./messages.ts";

/** What a pool tells of its runs; `run` is the run's name. */
export type PoolEvent =
  /** `notes`: why it does not begin at a checkpoint that is there. */
  | {
      readonly type: "started";
      readonly run: string;
      readonly step: number;
      readonly notes?: readonly string[];
    }
  | { readonly type: "progress"; readonly run: string; readonly progress: Progress }
  /** A line that the run's process wrote on stdout or stderr. */
  | { readonly type: "output"; readonly run: string; readonly line: string }
  | { readonly type: "restarted"; readonly run: string; readonly reason: string }
  | { readonly type: "ended"; readonly run: string; readonly end: RunEnd };

export interface PoolOptions {
  /** Processes at a time. */
  readonly jobs: number;
  /** Path of the worker module. */
  readonly workerFile: string;
  readonly onEvent: (event: PoolEvent) => void;
  /** Asked before each start; once it says no, no run is started any more. */
  readonly mayStart?: () => boolean;
}

/** A run for the pool. */
export interface PoolTask {
  readonly spec: RunSpec;
  /** Name of the run that must be finished before, when it is among the pool's; null waits for none. */
  readonly after: string | null;
}

/** Many runs at once, one process each. */
export interface Pool {
  /** How every run ended, by run name; runs never started are missing. Never rejects. */
  readonly done: Promise<ReadonlyMap<string, RunEnd>>;
  /** Starts no more runs and asks the running ones to stop after their step, with a checkpoint. */
  readonly stop: () => void;
  /** Ends every worker at once; their runs go on from the last checkpoint next time. */
  readonly kill: () => void;
}

/** Times that a run whose process died is started again. */
const RESTARTS = 1;

/**
 * Does runs in the order given, but none before the one that it comes after: it takes the place of the first that can start.
 * A worker that dies without a word is started again once, from its checkpoint, then its run counts as failed; the others
 * go on. A run whose predecessor did not finish is not started: it ends as that one did.
 */
export function startPool(tasks: readonly PoolTask[], options: PoolOptions): Pool {
  const { jobs, workerFile, onEvent, mayStart = () => true } = options;
  const waiting = tasks.map((task) => ({ ...task, restarts: 0 }));
  const names = new Set(tasks.map(({ spec }) => spec.runName));
  const running = new Map<string, Child>();
  const ends = new Map<string, RunEnd>();
  let stopping = false;
  const { promise: done, resolve: settle } = deferred<ReadonlyMap<string, RunEnd>>();

  const settleRun = (run: string, end: RunEnd): void => {
    ends.set(run, end);
    onEvent({ type: "ended", run, end });
  };
  const afterExit = (task: StartedTask, end: RunEnd | null, exit: ChildExit): void => {
    const run = task.spec.runName;
    running.delete(run);
    // Stopped, but not by us: somebody's SIGTERM. It goes on from its checkpoint as after a crash.
    const isOrphaned = end?.status === "interrupted" && !stopping;
    const reason = isOrphaned ? "the worker process was told to stop by somebody else" : describeCrash(exit);
    if (end !== null && !isOrphaned) settleRun(run, end);
    else if (stopping) settleRun(run, unknownStop());
    else if (task.restarts < RESTARTS) {
      onEvent({ type: "restarted", run, reason });
      waiting.unshift({ ...task, restarts: task.restarts + 1 });
    } else settleRun(run, crashed(reason));
    fill();
  };
  const start = (task: StartedTask): void => {
    const listener = listenTo(task, onEvent, (end, exit) => afterExit(task, end, exit));
    running.set(task.spec.runName, startChild(workerFile, { type: "run", spec: task.spec }, listener));
  };
  const fill = (): void => {
    while (!stopping && running.size < jobs && waiting.length > 0) {
      if (!mayStart()) waiting.length = 0;
      const next = waiting.findIndex(({ after }) => after === null || !names.has(after) || ends.has(after));
      const [task] = next === -1 ? [] : waiting.splice(next, 1);
      if (task === undefined) break;
      const before = task.after === null ? undefined : ends.get(task.after);
      if (before === undefined || before.status === "finished") start(task);
      else settleRun(task.spec.runName, withoutParent(task.after ?? "", before));
    }
    if (running.size === 0) settle(ends);
  };
  fill();
  return {
    done,
    stop: () => {
      stopping = true;
      for (const child of running.values()) child.stop();
      if (running.size === 0) settle(ends);
    },
    kill: () => {
      stopping = true;
      for (const child of running.values()) child.kill();
    },
  };
}

/** A task, and how often it was started again. */
type StartedTask = PoolTask & { readonly restarts: number };

/** Passes on what a run's process tells. @param onExit its last word, null where it had none, and how it ended. */
function listenTo(
  { spec: { runName: run } }: StartedTask,
  onEvent: PoolOptions["onEvent"],
  onExit: (end: RunEnd | null, exit: ChildExit) => void,
): ChildListener {
  let end: RunEnd | null = null;
  return {
    onMessage: (message) => {
      if (message.type === "ended") end = message.end;
      else if (message.type === "started") onEvent({ ...message, run });
      else if (message.type === "progress") onEvent({ type: "progress", run, progress: message.progress });
    },
    onLine: (line) => onEvent({ type: "output", run, line }),
    onExit: (exit) => onExit(end, exit),
  };
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function unknownStop(): RunEnd {
  return { status: "interrupted", stepsDone: 0 };
}

/** The end of a run that could not start because of another's end. */
function withoutParent(parent: string, end: Exclude<RunEnd, { status: "finished" }>): RunEnd {
  if (end.status === "interrupted") return unknownStop();
  if (end.status === "busy") return end;
  return { status: "failed", message: `its parent run ${parent} failed: ${end.message}`, hint: end.hint };
}

function crashed(reason: string): RunEnd {
  return {
    status: "failed",
    message: `${reason}, ${RESTARTS + 1} times`,
    hint: "Fewer --jobs need less memory; the same command tries again from the last checkpoint.",
  };
}
