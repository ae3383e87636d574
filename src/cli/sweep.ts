import { join } from "node:path";
import type { RunEnd } from "../exec/messages.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { startPool } from "../exec/pool.ts";
import type { Pool } from "../exec/pool.ts";
import { runFlops } from "../exec/price.ts";
import { readRun } from "../store/read-run.ts";
import { openRun } from "../store/write-run.ts";
import type { RunContext } from "./context.ts";
import { plural } from "./format.ts";
import { makeDisplay } from "./progress.ts";
import type { DisplayedRun } from "./progress.ts";

/** How a sweep ended. */
export interface SweepResult {
  readonly interrupted: boolean;
  /** Runs finished in this sweep. */
  readonly finished: number;
  /** Runs that stopped with a checkpoint. */
  readonly stopped: number;
  readonly failures: readonly { readonly label: string; readonly reason: string }[];
}

/** How often runs of other processes are looked at. */
const WAIT_MS = 1000;

/**
 * Trains what is to do. The first Ctrl-C stops after the running steps, the second one at once. Runs that another
 * process is doing are waited for, and taken over if it gives them up.
 */
export async function sweep(context: RunContext, todo: readonly PlannedRun[]): Promise<SweepResult> {
  const ends = new Map<string, RunEnd>();
  const interrupt = listenForSignals(context);
  try {
    let left: readonly PlannedRun[] = todo;
    while (left.length > 0 && !interrupt.asked()) {
      for (const [run, end] of await runPool(context, left, interrupt)) ends.set(run, end);
      left = todo.filter((run) => ends.get(run.runName)?.status === "busy");
      await waitForOthers(context, left, interrupt.asked);
    }
  } finally {
    interrupt.close();
  }
  for (const run of todo) {
    const end = ends.get(run.runName);
    if (end?.status === "failed") recordCrash(context, run, sentenceOf(end));
  }
  const count = (status: RunEnd["status"]): number =>
    [...ends.values()].filter((end) => end.status === status).length;
  return {
    interrupted: interrupt.asked(),
    finished: count("finished"),
    stopped: count("interrupted"),
    failures: todo.flatMap((run) => {
      const end = ends.get(run.runName);
      return end?.status === "failed" ? [{ label: labelOf(run), reason: sentenceOf(end) }] : [];
    }),
  };
}

interface Interrupt {
  readonly asked: () => boolean;
  /** The pool and the display that signals act on. */
  readonly direct: (pool: Pool, note: (text: string) => void) => void;
  readonly close: () => void;
}

function listenForSignals({ io }: RunContext): Interrupt {
  let signals = 0;
  let pool: Pool | null = null;
  let note = (text: string): void => io.stderr(`${text}\n`);
  const onSignal = (): void => {
    signals += 1;
    if (signals > 1) pool?.kill();
    else {
      note("stopping after the running steps; Ctrl-C again stops at once");
      pool?.stop();
    }
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    asked: () => signals > 0,
    direct: (newPool, newNote) => {
      pool = newPool;
      note = newNote;
    },
    close: () => void process.off("SIGINT", onSignal).off("SIGTERM", onSignal),
  };
}

async function runPool(
  { io, jobs, threads, engine, passes, cacheFolder, runsFolder, workerFile }: RunContext,
  runs: readonly PlannedRun[],
  interrupt: Interrupt,
): Promise<ReadonlyMap<string, RunEnd>> {
  const terminal = process.stderr.isTTY ? process.stderr : null;
  const display = makeDisplay(
    new Map(runs.map((run) => [run.runName, displayedRun(run)])),
    io.stderr,
    terminal,
  );
  const worker = { runsFolder, engine, threads, passes, cacheFolder };
  const tasks = runs.map(({ arm, seed, runName, parent }) => ({
    spec: { arm, seed, runName, ...worker },
    after: parent && parent.runName,
  }));
  const pool = startPool(tasks, { jobs, workerFile, onEvent: display.show });
  interrupt.direct(pool, display.note);
  const ends = await pool.done;
  display.close();
  interrupt.direct(pool, (text) => io.stderr(`${text}\n`));
  return ends;
}

async function waitForOthers(
  { io, runsFolder }: RunContext,
  runs: readonly PlannedRun[],
  isInterrupted: () => boolean,
): Promise<void> {
  if (runs.length > 0) io.stderr(`waiting for ${plural(runs.length, "run")} that another process is doing\n`);
  const isBusy = (run: PlannedRun): boolean => readRun(join(runsFolder, run.runName))?.status === "running";
  while (runs.some(isBusy) && !isInterrupted()) await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
}

function displayedRun(run: PlannedRun): DisplayedRun {
  const { data, training } = run.plan.identity.settings;
  const tokensPerStep = data.batchSequences * data.sequenceLength;
  return { label: labelOf(run), work: runFlops(run), steps: training.steps, tokensPerStep };
}

/** A worker that died could not write down why; its parent does. */
function recordCrash({ runsFolder, provenance }: RunContext, run: PlannedRun, failure: string): void {
  if (readRun(join(runsFolder, run.runName))?.status === "failed") return;
  const opened = openRun(runsFolder, run.plan, provenance);
  if (opened.kind === "open") opened.run.end({ status: "failed", failure });
}

function labelOf({ variant, seed }: PlannedRun): string {
  return `${variant} s${seed}`;
}

function sentenceOf({ message, hint }: Extract<RunEnd, { status: "failed" }>): string {
  return `${message}. ${hint}`;
}
