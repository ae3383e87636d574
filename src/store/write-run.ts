import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../core/files.ts";
import type { Cost } from "../records/cost.ts";
import type { Checkpoint, TrainingOutcome } from "../train/types.ts";
import type { LoadTable, MetricRow } from "../records/results.ts";
import {
  deleteStepCheckpoints,
  FINAL_FILE,
  loadCheckpoint,
  saveCheckpoint,
  writeFinalCheckpoint,
} from "./checkpoint.ts";
import { provenanceTag, runIdOf, runNameOf } from "./identity.ts";
import { fencedBy, fenceOff } from "./holding/fence.ts";
import { acquireLock } from "./holding/lock.ts";
import type { Lock } from "./holding/lock.ts";
import { forgetWeightsAfter, keepWeights, weightFiles } from "./weights/kept-weights.ts";
import { inspectRun } from "./read-run.ts";
import type { Owner } from "./holding/owner.ts";
import type { Provenance, RunIdentity, RunRecord } from "../records/run.ts";
import { metricLine, routingLines } from "./run-csv.ts";
import { TOKENIZER_FILE } from "../data/tokenizers/tokenizer-file.ts";
import { boundObjective } from "../objectives/registry.ts";
import { noRows, rowsUpTo, type RunRows } from "./run-rows.ts";
import { SEAL_FILE, writeSeal } from "./seal.ts";

/** What is known of a run before it starts. */
export interface RunPlan {
  readonly identity: RunIdentity;
  readonly solved: Readonly<Record<string, number>>;
  readonly causal: boolean;
  /** Absent where the router does not. */
  readonly seesLabels?: true;
  readonly cost: Cost;
  /** Absent where nothing filters the text. */
  readonly filtered?: NonNullable<RunRecord["filtered"]>;
}

/** How a run ended that has no results. */
interface RunFailure {
  readonly status: "failed" | "diverged";
  readonly failure: string;
}

/** A run that this process, and no other, may write. */
export interface RunWriter {
  readonly folder: string;
  /** Where training goes on; null starts from the beginning. */
  readonly resume: Checkpoint | null;
  /** Why checkpoints that are there are not gone on with, one sentence each. */
  readonly notes: readonly string[];
  /** Keeps a row for the next checkpoint, with which it is written. */
  appendMetrics(row: MetricRow): void;
  appendRouting(step: number, load: LoadTable): void;
  checkpoint(checkpoint: Checkpoint): void;
  /** Keeps the weights of a step beside the run. */
  keepWeights(weights: Checkpoint): void;
  /** Shows other hosts that this run is being worked on. */
  beat(): void;
  /** Writes the end of the run; the seal comes last, so that a half-written run is never taken for a result. */
  end(outcome: TrainingOutcome | RunFailure): void;
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
  makeFolder(folder);
  const lock = acquireLock(folder);
  if ("host" in lock) return { kind: "busy", owner: lock };
  fenceOff(folder);
  const { record: known, damage } = inspectRun(folder);
  if (known?.status === "finished") {
    deleteStepCheckpoints(join(folder, "checkpoint"));
    lock.release({ remove: true });
    return { kind: "finished", record: known };
  }
  try {
    if (damage.length > 0) setAside(folder, damage);
    return { kind: "open", run: startRun(folder, plan, provenance, lock) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Seals a finished run of a version without seals as it is.
 * @returns whether it was; not where somebody works on it, or where it is damaged.
 */
export function sealFinishedRun(folder: string): boolean {
  const lock = acquireLock(folder);
  if ("host" in lock) return false;
  try {
    const { record, isSealed } = inspectRun(folder);
    if (record?.status !== "finished" || isSealed) return false;
    writeSeal(folder, record.id, sealedFiles(folder));
    return true;
  } finally {
    lock.release({ remove: true });
  }
}

function startRun(folder: string, plan: RunPlan, provenance: Provenance, lock: Lock): RunWriter {
  const id = runIdOf(plan.identity);
  const checkpoints = join(folder, "checkpoint");
  const log = (event: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    logEvent(folder, event, fields);

  const tag = provenanceTag(provenance);
  const { resume, notes, ...found } = whereToGoOn(folder, id, tag, log);
  const rows = found.rows ?? noRows(folder, boundObjective(plan.identity.settings.objective).reports);
  let running = startedRecord(plan, provenance, resume?.step ?? 0);
  const write = fencedBy(folder, lock);
  const writeRecord = (record: RunRecord): void => {
    write(join(folder, "run.json"), `${JSON.stringify(record, null, 2)}\n`);
  };
  rows.write(write);
  forgetWeightsAfter(folder, resume?.step ?? 0);
  writeRecord(running);
  log(resume === null ? "started" : "resumed", { step: running.stepsDone, provenance: tag });

  return {
    folder,
    resume,
    notes,
    appendMetrics: (row) => rows.append("metrics.csv", [metricLine(row)]),
    appendRouting: (step, load) => rows.append("routing.csv", routingLines(step, load)),
    beat: () => lock.beat(),
    checkpoint: (checkpoint) => {
      // Rows must be safe before the checkpoint that makes them final.
      rows.write(write);
      saveCheckpoint(checkpoints, { run: id, provenance: tag, ...rows.marks() }, checkpoint, write);
      running = { ...running, stepsDone: checkpoint.step };
      writeRecord(running);
      log("checkpoint", { step: checkpoint.step });
    },
    keepWeights: (weights) => keepWeights(folder, id, weights, write),
    end: (outcome) => {
      const isFinished = outcome.status === "finished";
      rows.write(write);
      if (isFinished) writeFinalCheckpoint(checkpoints, id, write);
      const record = endedRecord(running, outcome);
      writeRecord(record);
      if (isFinished) {
        writeSeal(folder, id, sealedFiles(folder), write);
        deleteStepCheckpoints(checkpoints);
      }
      log(outcome.status, { step: record.stepsDone });
      lock.release({ remove: isFinished });
    },
  };
}

/** The record of a run as it starts, or goes on. */
function startedRecord(plan: RunPlan, provenance: Provenance, stepsDone: number): RunRecord {
  return {
    format: 1,
    id: runIdOf(plan.identity),
    name: runNameOf(plan.identity),
    status: "running",
    ...plan,
    provenance,
    stepsDone,
    results: null,
    load: null,
    matrices: [],
    failure: null,
  };
}

/** The record of a run as it ends. */
function endedRecord(running: RunRecord, outcome: TrainingOutcome | RunFailure): RunRecord {
  if ("failure" in outcome) return { ...running, status: outcome.status, failure: outcome.failure };
  if (outcome.status === "interrupted") {
    return { ...running, status: "interrupted", stepsDone: outcome.stepsDone };
  }
  const { status, stepsDone, results, load, expertsPerToken, matrices } = outcome;
  return { ...running, status, stepsDone, results, load, expertsPerToken, matrices, sealed: true };
}

/** What a finished run consists of; events.jsonl goes on growing. */
function sealedFiles(folder: string): string[] {
  const optional = [`checkpoint/${FINAL_FILE}`, TOKENIZER_FILE];
  const there = optional.filter((name) => existsSync(join(folder, name)));
  return ["run.json", "metrics.csv", "routing.csv", ...there, ...weightFiles(folder)];
}

/** Keeps what is left of a damaged run as `<file>.damaged`; the seal goes first, since from then on it is no finished run. */
function setAside(folder: string, damage: readonly string[]): void {
  rmSync(join(folder, SEAL_FILE), { force: true });
  for (const name of sealedFiles(folder)) {
    const path = join(folder, name);
    if (existsSync(path)) renameSync(path, `${path}.damaged`);
  }
  logEvent(folder, "damaged", {
    message: `${damage.join("; ")}; what was left is set aside as <file>.damaged`,
  });
}

/** The newest checkpoint to go on from and the rows before it; a checkpoint of something else, or without all its rows, is none. */
function whereToGoOn(
  folder: string,
  id: string,
  tag: string,
  log: (event: string, fields: Readonly<Record<string, unknown>>) => void,
): { readonly resume: Checkpoint | null; readonly rows: RunRows | null; readonly notes: readonly string[] } {
  const found: { rows: RunRows | null } = { rows: null };
  const notes: string[] = [];
  const tellDamage = (message: string): void => {
    notes.push(message);
    log("damaged", { message });
  };
  const isOfUse = (metadata: Readonly<Record<string, string>>, step: number): boolean => {
    const from = metadata["provenance"] ?? "an older version of moe-lab";
    if (from !== tag) {
      notes.push(`the checkpoint at step ${step} is of ${from}, and is not gone on with by ${tag}`);
      log("restarted", { from, to: tag });
      return false;
    }
    found.rows = rowsUpTo(folder, metadata);
    if (found.rows === null) {
      const message = `metrics.csv or routing.csv lacks rows up to step ${step}, or they differ; the checkpoint is not used`;
      tellDamage(message);
    }
    return found.rows !== null;
  };
  const resume = loadCheckpoint(join(folder, "checkpoint"), id, isOfUse, tellDamage);
  return { resume, rows: found.rows, notes };
}

/** Appends to events.jsonl, the only file of a run that holds times, hosts and process ids. */
function logEvent(folder: string, event: string, fields: Readonly<Record<string, unknown>>): void {
  const line = { time: new Date().toISOString(), pid: process.pid, event, ...fields };
  writeFileSync(join(folder, "events.jsonl"), `${JSON.stringify(line)}\n`, { flag: "a" });
}
