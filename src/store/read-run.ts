import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { runIdOf, runNameOf } from "./identity.ts";
import { lockHolder } from "./lock.ts";
import type { RunRecord, RunStatus } from "../records/run.ts";

const STATUSES: readonly RunStatus[] = ["running", "interrupted", "failed", "finished"];

/** Where runs live below the output folder. */
export function runsFolderOf(out: string): string {
  return join(out, "runs");
}

/**
 * Reads a run folder. A run is believed only if its identity hashes to its own id; `running` without a living owner
 * reads as `interrupted`.
 * @returns null when the folder holds no whole record (missing, half-written, edited).
 */
export function readRun(folder: string): RunRecord | null {
  const record = parseRecord(join(folder, "run.json"));
  if (record?.status !== "running") return record;
  return lockHolder(folder) === null ? { ...record, status: "interrupted" } : record;
}

/** All whole runs below a runs folder, by name. */
export function listRuns(runsFolder: string): RunRecord[] {
  if (!existsSync(runsFolder)) return [];
  return readdirSync(runsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => readRun(join(runsFolder, name)) ?? []);
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

/** The id vouches for the identity; status and results are checked as far as a reader relies on them. */
function isRunRecord(value: unknown): value is RunRecord {
  if (typeof value !== "object" || value === null) return false;
  const record = value as Partial<RunRecord>;
  try {
    return (
      record.format === 1 &&
      record.identity !== undefined &&
      record.id === runIdOf(record.identity) &&
      record.name === runNameOf(record.identity) &&
      record.status !== undefined &&
      STATUSES.includes(record.status) &&
      (record.status !== "finished" || Number.isFinite(record.results?.validationLossNats))
    );
  } catch {
    return false;
  }
}
