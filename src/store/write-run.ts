import { appendFileSync, closeSync, fsyncSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../core/files.ts";
import type { Cost } from "../records/cost.ts";
import type { Checkpoint, TrainingOutcome } from "../train/types.ts";
import type { LoadTable, MetricRow } from "../records/results.ts";
import { deleteStepCheckpoints, loadCheckpoint, saveCheckpoint, writeFinalCheckpoint } from "./checkpoint.ts";
import { provenanceTag, runIdOf, runNameOf } from "./identity.ts";
import { acquireLock } from "./lock.ts";
import type { Lock } from "./lock.ts";
import { readRun } from "./read-run.ts";
import type { Owner } from "./owner.ts";
import type { Provenance, RunIdentity, RunRecord } from "../records/run.ts";
import { METRICS_HEADER, ROUTING_HEADER, keepRowsUpTo, metricLine, routingLines } from "./run-csv.ts";

/** What is known of a run before it starts. */
export interface RunPlan {
  readonly identity: RunIdentity;
  readonly solved: Readonly<Record<string, number>>;
  readonly causal: boolean;
  readonly cost: Cost;
}

/** A run that this process, and no other, may write. */
export interface RunWriter {
  readonly folder: string;
  /** Where training goes on; null starts from the beginning. */
  readonly resume: Checkpoint | null;
  appendMetrics(row: MetricRow): void;
  appendRouting(step: number, load: LoadTable): void;
  checkpoint(checkpoint: Checkpoint): void;
  /** Shows other hosts that this run is being worked on. */
  beat(): void;
  /** Writes the end of the run; the status comes last, so that a half-written run is never taken for a result. */
  end(outcome: TrainingOutcome | { readonly status: "failed"; readonly failure: string }): void;
}

/** What became of the wish to do a run. */
export type OpenedRun =
  | { readonly kind: "open"; readonly run: RunWriter }
  | { readonly kind: "finished"; readonly record: RunRecord }
  | { readonly kind: "busy"; readonly owner: Owner };

/**
 * Takes a run: locks its folder, finds the newest good checkpoint, drops rows after it and marks it as running.
 * A checkpoint of another engine, version or thread count is not gone on with, since the run would then be computed
 * half by each.
 */
export function openRun(runsFolder: string, plan: RunPlan, provenance: Provenance): OpenedRun {
  const folder = join(runsFolder, runNameOf(plan.identity));
  mkdirSync(folder, { recursive: true });
  const lock = acquireLock(folder);
  if ("host" in lock) return { kind: "busy", owner: lock };
  const known = readRun(folder);
  if (known?.status === "finished") {
    deleteStepCheckpoints(join(folder, "checkpoint"));
    lock.release({ remove: true });
    return { kind: "finished", record: known };
  }
  try {
    return { kind: "open", run: startRun(folder, plan, provenance, known, lock) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function startRun(
  folder: string,
  plan: RunPlan,
  provenance: Provenance,
  known: RunRecord | null,
  lock: Lock,
): RunWriter {
  const id = runIdOf(plan.identity);
  const checkpoints = join(folder, "checkpoint");
  const log = (event: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    logEvent(folder, event, fields);

  const before = known?.provenance ?? null;
  if (before !== null && provenanceTag(before) !== provenanceTag(provenance)) {
    log("restarted", { from: provenanceTag(before), to: provenanceTag(provenance) });
    deleteStepCheckpoints(checkpoints);
  }
  const resume = loadCheckpoint(checkpoints, id, (message) => log("damaged", { message }));
  const start = resume?.step ?? 0;
  const metrics = join(folder, "metrics.csv");
  const routing = join(folder, "routing.csv");
  keepRowsUpTo(metrics, METRICS_HEADER, start);
  keepRowsUpTo(routing, ROUTING_HEADER, start);

  const fresh: RunRecord = {
    format: 1,
    id,
    name: runNameOf(plan.identity),
    status: "running",
    ...plan,
    provenance,
    stepsDone: start,
    results: null,
    load: null,
    matrices: [],
    failure: null,
  };
  let stepsDone = start;
  const writeRecord = (record: RunRecord): void => {
    if (!lock.held()) throw new Error(`${folder}: another process has taken over this run`);
    writeFileAtomic(join(folder, "run.json"), `${JSON.stringify(record, null, 2)}\n`);
  };
  writeRecord(fresh);
  log(resume === null ? "started" : "resumed", { step: start, provenance: provenanceTag(provenance) });

  return {
    folder,
    resume,
    appendMetrics: (row) => appendFileSync(metrics, `${metricLine(row)}\n`),
    appendRouting: (step, load) => appendFileSync(routing, `${routingLines(step, load).join("\n")}\n`),
    beat: () => lock.beat(),
    checkpoint: (checkpoint) => {
      // Rows must be safe before the checkpoint that makes them final.
      syncFile(metrics);
      syncFile(routing);
      saveCheckpoint(checkpoints, id, checkpoint);
      stepsDone = checkpoint.step;
      writeRecord({ ...fresh, stepsDone });
      log("checkpoint", { step: stepsDone });
    },
    end: (outcome) => {
      if (outcome.status === "finished") {
        syncFile(metrics);
        syncFile(routing);
        writeFinalCheckpoint(checkpoints, id);
        const { results, load, matrices } = outcome;
        writeRecord({ ...fresh, status: "finished", stepsDone: outcome.stepsDone, results, load, matrices });
        deleteStepCheckpoints(checkpoints);
      } else if (outcome.status === "failed") {
        writeRecord({ ...fresh, status: "failed", stepsDone, failure: outcome.failure });
      } else {
        writeRecord({ ...fresh, status: "interrupted", stepsDone: outcome.stepsDone });
      }
      log(outcome.status, { step: outcome.status === "failed" ? stepsDone : outcome.stepsDone });
      lock.release({ remove: outcome.status === "finished" });
    },
  };
}

/** Appends to events.jsonl, the only file of a run that holds times, hosts and process ids. */
function logEvent(folder: string, event: string, fields: Readonly<Record<string, unknown>>): void {
  const line = { time: new Date().toISOString(), pid: process.pid, event, ...fields };
  writeFileSync(join(folder, "events.jsonl"), `${JSON.stringify(line)}\n`, { flag: "a" });
}

function syncFile(path: string): void {
  const handle = openSync(path, "r+");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
