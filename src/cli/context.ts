import type { Experiment } from "../config/settings.ts";
import type { WorkerSettings } from "../exec/messages.ts";
import type { PlannedRun } from "../exec/plan.ts";
import type { Provenance } from "../records/run.ts";
import type { CommandIO } from "./io.ts";

/** What the parts of the `run` command share. */
export interface RunContext extends WorkerSettings {
  readonly io: CommandIO;
  readonly experiment: Experiment;
  readonly planned: readonly PlannedRun[];
  readonly provenance: Provenance;
  /** Absolute. */
  readonly runsFolder: string;
  /** Processes at a time. */
  readonly jobs: number;
  readonly workerFile: string;
}
