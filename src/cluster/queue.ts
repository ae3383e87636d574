import { join } from "node:path";
import { sha256 } from "../core/json.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { freeSilentLock, lockSign } from "../store/holding/lock.ts";
import { currentOwner } from "../store/holding/owner.ts";
import { readRun } from "../store/read-run.ts";

/** What a worker can do now. */
type Next =
  | { readonly kind: "run"; readonly run: PlannedRun }
  /** Nothing yet: a parent is being trained, or it can't be told yet whether those at work on the rest live. */
  | { readonly kind: "wait" }
  /** Nothing any more: all is done, or done by others that live. */
  | { readonly kind: "none" };

/** The runs of a plan that may still be free, of which many workers take one after the other. */
export interface RunQueue {
  readonly next: () => Next;
  /** Says how a run ended that `next` gave: worked on, or another process was faster. */
  readonly ended: (run: PlannedRun, how: "done" | "busy") => void;
}

/**
 * Opens a queue over the runs still to do. Each worker starts at a place of its own, so that a hundred started at once do not all
 * reach for the first; which run is free is asked of its folder's lock.
 * @param todo a parent before the runs that start from it.
 * @param onGone told of a run that another process ended.
 */
export function openQueue(
  runsFolder: string,
  todo: readonly PlannedRun[],
  onGone: (run: PlannedRun, isFinished: boolean) => void,
): RunQueue {
  let left = rotated(todo);
  const mine = new Set<string>();
  const failedBefore = new Set(
    todo.filter(({ known }) => known?.status === "failed").map(({ runName }) => runName),
  );
  const firstBeats = new Map<string, string>();
  const drop = ({ runName }: PlannedRun): void => {
    left = left.filter((run) => run.runName !== runName);
  };

  /** `alive` and `silent`: another process has it. */
  const look = (run: PlannedRun): "free" | "blocked" | "finished" | "failed" | "alive" | "silent" => {
    const folder = join(runsFolder, run.runName);
    const status = readRun(folder)?.status;
    if (status === "finished") return status;
    // One that failed since this worker began would fail here as well.
    if (status === "diverged" || (status === "failed" && !failedBefore.has(run.runName))) return "failed";
    if (status === "running") return showsLife(folder, firstBeats) ? "alive" : "silent";
    return run.parent !== null && left.some(({ runName }) => runName === run.parent?.runName)
      ? "blocked"
      : "free";
  };

  const next = (): Next => {
    let mayCome = false;
    for (const run of left.filter(({ runName }) => !mine.has(runName))) {
      const state = look(run);
      if (state === "finished" || state === "failed") {
        drop(run);
        onGone(run, state === "finished");
      } else if (state === "free") {
        // Its last holder was watched from here; the process that takes it over need not watch it as well.
        freeSilentLock(join(runsFolder, run.runName));
        mine.add(run.runName);
        return { kind: "run", run };
      } else if (state !== "alive") mayCome = true;
    }
    return { kind: mayCome ? "wait" : "none" };
  };
  return {
    next,
    ended: (run, how) => {
      mine.delete(run.runName);
      failedBefore.delete(run.runName);
      if (how === "done") drop(run);
    },
  };
}

/** Whether the holder of a lock lives: its process runs here, or it gave a sign of life since this process first looked. */
function showsLife(folder: string, firstBeats: Map<string, string>): boolean {
  const sign = lockSign(folder);
  if (sign === null) return false;
  const first = firstBeats.get(folder);
  if (first === undefined) firstBeats.set(folder, sign.beat);
  return sign.state === "running" || (first !== undefined && first !== sign.beat);
}

/** The same runs from a place on that depends on the process. */
function rotated(runs: readonly PlannedRun[]): readonly PlannedRun[] {
  const { host, pid } = currentOwner();
  const start = runs.length === 0 ? 0 : parseInt(sha256(`${host} ${pid}`).slice(0, 8), 16) % runs.length;
  return [...runs.slice(start), ...runs.slice(0, start)];
}
