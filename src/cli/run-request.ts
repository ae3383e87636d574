import type { PlannedRun } from "../exec/plan.ts";
import type { RunContext } from "./context.ts";
import type { LookBook } from "./looks.ts";
import type { RunOptions } from "./run-options.ts";

/** A `run` that has been read and checked, before anything is trained. */
export interface RunRequest {
  /** The experiment file as typed. */
  readonly file: string;
  readonly options: RunOptions;
  readonly context: RunContext;
  /** Plans the runs of other seeds. */
  readonly plan: (seeds: readonly number[]) => PlannedRun[];
  /** The result folder. */
  readonly folder: string;
  readonly book: LookBook;
}
