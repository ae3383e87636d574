import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { messageOf } from "../core/errors.ts";
import { plural } from "../core/plural.ts";
import { hasStepCheckpoint } from "./checkpoint.ts";
import { runIdOf, runNameOf } from "./identity.ts";
import { isKeptWeights } from "./weights/kept-weights.ts";
import { lockHolder } from "./holding/lock.ts";
import { readMetrics, readRouting } from "./run-csv.ts";
import { hasRecordShape } from "./run-schema.ts";
import { checkSeal, SEAL_FILE } from "./seal.ts";
import type { RunRecord } from "../records/run.ts";

/** Where runs live below the output folder. */
export function runsFolderOf(out: string): string {
  return join(out, "runs");
}

/** A run folder as it was found. */
export interface FoundRun {
  /** The folder's name. */
  readonly name: string;
  /** Null when the folder holds no whole record (missing, half-written, edited). */
  readonly record: RunRecord | null;
  /** A finished run of which every file is as it was sealed; those of older versions have no seal. */
  readonly isSealed: boolean;
  /** What is wrong with its files, one sentence each, beginning with the file's name. Such a run is trained again. */
  readonly damage: readonly string[];
}

/**
 * Reads a run folder. A run is believed only if its identity hashes to its own id, and a finished one only if its files are
 * those that were sealed; `running` without a living owner reads as `interrupted`.
 * @returns null when the folder holds no whole record (missing, half-written, edited).
 */
export function readRun(folder: string): RunRecord | null {
  return inspectRun(folder).record;
}

/** Reads a run folder as `readRun` does, and says what is wrong with it. A damaged run's status is `damaged`, its failure why. */
export function inspectRun(folder: string): FoundRun {
  const record = parseRecord(join(folder, "run.json"));
  const found = { name: basename(folder), record, isSealed: false, damage: [] };
  if (record === null) {
    if (existsSync(join(folder, "run.json"))) {
      return { ...found, damage: ["run.json is no record of a run (half-written, damaged or edited)"] };
    }
    return existsSync(join(folder, SEAL_FILE)) ? { ...found, damage: ["run.json is missing"] } : found;
  }
  if (record.status !== "finished") {
    // The seal goes before the record changes, so that both are never there together.
    if (existsSync(join(folder, SEAL_FILE)))
      return damaged(found, record, ["run.json was changed after the run had finished"]);
    const isFree = record.status === "running" && lockHolder(folder) === null;
    return isFree ? { ...found, record: { ...record, status: "interrupted" } } : found;
  }
  // Weights that were kept for the analyses decide nothing of its results; `verify` and whoever opens them look at them.
  const seal = checkSeal(folder, record.id, (name) => !isKeptWeights(name));
  if (seal.kind === "whole") return { ...found, isSealed: true };
  if (seal.kind === "broken") return damaged(found, record, seal.problems);
  if (record.sealed !== true) {
    const problems = rowProblems(folder, record);
    return problems.length > 0 ? damaged(found, record, problems) : found;
  }
  // It ended between its record and its seal, and goes on from its last checkpoint; or the seal was lost.
  return hasStepCheckpoint(join(folder, "checkpoint"))
    ? { ...found, record: { ...record, status: "interrupted", results: null } }
    : damaged(found, record, [`${SEAL_FILE} is missing`]);
}

function damaged(found: FoundRun, record: RunRecord, damage: readonly string[]): FoundRun {
  const failure = `${damage.join("; ")}. \`moe-lab run\` with its experiment trains it again`;
  return { ...found, record: { ...record, status: "damaged", results: null, failure }, damage };
}

/** What a run of a version without seals must have at least: its rows, each once and in order. */
function rowProblems(folder: string, { stepsDone }: RunRecord): string[] {
  try {
    const steps = readMetrics(join(folder, "metrics.csv")).map(({ step }) => step);
    readRouting(join(folder, "routing.csv"));
    if (steps.length === stepsDone && steps.every((step, index) => step === index + 1)) return [];
    return [`metrics.csv has ${plural(steps.length, "row")}, not steps 1 to ${stepsDone}`];
  } catch (error) {
    return [messageOf(error)];
  }
}

/** All whole runs below a runs folder, by name. */
export function listRuns(runsFolder: string): RunRecord[] {
  return findRuns(runsFolder).flatMap(({ record }) => record ?? []);
}

/** All run folders below a runs folder, by name; folders of something else have neither record nor damage. */
export function findRuns(runsFolder: string): FoundRun[] {
  if (!existsSync(runsFolder)) return [];
  return readdirSync(runsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => inspectRun(join(runsFolder, name)));
}

/** The identities of runs that say they are finished; nothing of their files is checked. */
export function finishedIdentities(runsFolder: string): Pick<RunRecord, "name" | "identity">[] {
  if (!existsSync(runsFolder)) return [];
  return readdirSync(runsFolder)
    .sort()
    .flatMap((name) => parseRecord(join(runsFolder, name, "run.json")) ?? [])
    .filter(({ status }) => status === "finished");
}

function parseRecord(path: string): RunRecord | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
  return isRunRecord(parsed) ? parsed : null;
}

/** The id vouches for the identity, the form for the rest. */
function isRunRecord(value: unknown): value is RunRecord {
  if (!hasRecordShape(value)) return false;
  try {
    return value.id === runIdOf(value.identity) && value.name === runNameOf(value.identity);
  } catch {
    return false;
  }
}
