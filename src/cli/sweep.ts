import { join } from "node:path";
import type { PlannedRun } from "../exec/plan.ts";
import { startPool } from "../exec/pool.ts";
import type { PoolEvent } from "../exec/pool.ts";
import { runFlops } from "../exec/price.ts";
import { readRun } from "../store/read-run.ts";
import { openRun } from "../store/write-run.ts";
import { makeDisplay } from "./progress.ts";
import type { DisplayedRun } from "./progress.ts";
import type { RunContext } from "./context.ts";

/** How a sweep ended. */
export interface SweepResult {
  readonly interrupted: boolean;
  /** Runs finished in this sweep. */
  readonly finished: number;
  /** Runs that stopped with a checkpoint. */
  readonly stopped: number;
  /** Runs that failed or that another process is doing. */
  readonly failures: readonly { readonly label: string; readonly reason: string }[];
}

/** Trains what is to do. The first Ctrl-C stops after the running steps, the second one at once. */
export async function sweep(context: RunContext, todo: readonly PlannedRun[]): Promise<SweepResult> {
  if (todo.length === 0) return { interrupted: false, finished: 0, stopped: 0, failures: [] };
  const { io, jobs, threads, engine, cacheFolder, runsFolder, workerFile } = context;
  const labels = new Map(todo.map((run) => [run.runName, `${run.variant} s${run.seed}`]));
  const display = makeDisplay(displayedRuns(todo), io.stderr, process.stderr.isTTY ? process.stderr : null);
  const failures: { label: string; reason: string }[] = [];
  const count = { finished: 0, stopped: 0 };
  const onEvent = (event: PoolEvent): void => {
    display.show(event);
    if (event.type !== "ended") return;
    const label = labels.get(event.run) ?? event.run;
    if (event.end.status === "finished") count.finished += 1;
    else if (event.end.status === "interrupted") count.stopped += 1;
    else if (event.end.status === "failed") failures.push({ label, reason: `${event.end.message}. ${event.end.hint}` });
    else failures.push({ label, reason: `process ${event.end.owner.pid} on ${event.end.owner.host} is doing this run` });
  };
  const worker = { runsFolder, engine, threads, cacheFolder };
  const specs = todo.map(({ arm, seed, runName }) => ({ arm, seed, runName, ...worker }));
  const pool = startPool(specs, { jobs, workerFile, onEvent });
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    if (signals === 1) {
      display.note("stopping after the running steps; Ctrl-C again stops at once");
      pool.stop();
    } else pool.kill();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    const ends = await pool.done;
    for (const run of todo) {
      const end = ends.get(run.runName);
      if (end?.status === "failed") recordCrash(context, run, `${end.message}. ${end.hint}`);
    }
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    display.close();
  }
  return { interrupted: signals > 0, ...count, failures };
}

function displayedRuns(todo: readonly PlannedRun[]): Map<string, DisplayedRun> {
  return new Map(
    todo.map((run) => {
      const { data, training } = run.plan.identity.settings;
      return [
        run.runName,
        {
          label: `${run.variant} s${run.seed}`,
          work: runFlops(run),
          steps: training.steps,
          tokensPerStep: data.batchSequences * data.sequenceLength,
        },
      ];
    }),
  );
}

/** A worker that died could not write down why; its parent does. */
function recordCrash({ runsFolder, provenance }: RunContext, run: PlannedRun, failure: string): void {
  if (readRun(join(runsFolder, run.runName))?.status === "failed") return;
  const opened = openRun(runsFolder, run.plan, provenance);
  if (opened.kind === "open") opened.run.end({ status: "failed", failure });
}
