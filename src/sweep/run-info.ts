import type { PlannedRun } from "../exec/plan.ts";
import { runFlops } from "./run-cost.ts";

/** A run, as events name it. */
export interface RunInfo {
  /** Its folder's name below `runs`. */
  readonly name: string;
  readonly variant: string;
  readonly seed: number;
  /** Training steps of the whole run. */
  readonly steps: number;
  readonly tokensPerStep: number;
  /** Floating-point operations of the whole run, evaluations included. */
  readonly flops: number;
}

/** A planned run as events name it. */
export function infoOf(run: PlannedRun): RunInfo {
  const { data, training } = run.plan.identity.settings;
  return {
    name: run.runName,
    variant: run.variant,
    seed: run.seed,
    steps: training.steps,
    tokensPerStep: data.batchSequences * data.sequenceLength,
    flops: runFlops(run),
  };
}

/** A run that failed. */
export interface Failure {
  readonly run: RunInfo;
  /** Why, and what to try. */
  readonly reason: string;
}
