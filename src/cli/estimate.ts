import { join } from "node:path";
import { InputError, messageOf } from "../core/errors.ts";
import { runsWithParents } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { priceRun, runFlops } from "../exec/price.ts";
import { measureSpeeds } from "../exec/timing.ts";
import { runSeconds } from "../store/run-seconds.ts";
import type { RunContext } from "./context.ts";

/** A few steps are enough for an estimate. */
const MEASURE = { rounds: 8, maxSeconds: 4 } as const;

/** Says how long runs will take, side by side as the sweep does them. */
export interface Estimate {
  /** Seconds of one run by itself. */
  readonly secondsOf: (run: PlannedRun) => number;
  /** Seconds until all of them are done. */
  readonly secondsOfAll: (runs: readonly PlannedRun[]) => number;
  /** What it is made from. */
  readonly source: "finished runs" | "a measurement";
}

/**
 * An estimate from the experiment's own finished runs: the mean of the same variant, or, for another one, by its FLOPs. Where none has
 * left its times, the baseline's step is measured for a moment.
 * @throws InputError when the step can't be run here.
 */
export async function estimateRuns(context: RunContext, finished: readonly PlannedRun[]): Promise<Estimate> {
  return estimateFromRuns(context, finished) ?? (await estimateFromMeasurement(context));
}

/** The same from finished runs alone; null when none has left its times. */
export function estimateFromRuns(
  { jobs, runsFolder }: Pick<RunContext, "jobs" | "runsFolder">,
  planned: readonly PlannedRun[],
): Estimate | null {
  const timed = runsWithParents(planned).flatMap((run) => {
    const seconds = run.known?.status === "finished" ? runSeconds(join(runsFolder, run.runName)) : null;
    return seconds === null ? [] : [{ run, seconds }];
  });
  if (timed.length === 0) return null;
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const secondsPerFlop =
    sum(timed.map(({ seconds }) => seconds)) / sum(timed.map(({ run }) => runFlops(run)));
  const secondsOf = (run: PlannedRun): number => {
    const same = timed.filter(({ run: other }) => other.variant === run.variant);
    if (same.length > 0) return sum(same.map(({ seconds }) => seconds)) / same.length;
    return secondsPerFlop * runFlops(run);
  };
  return { secondsOf, secondsOfAll: sideBySide(secondsOf, jobs), source: "finished runs" };
}

async function estimateFromMeasurement(context: RunContext): Promise<Estimate> {
  const { experiment, planned, jobs } = context;
  const baseline = planned.find((run) => run.variant === experiment.baseline);
  if (baseline === undefined) throw new Error(`no run of the baseline ${experiment.baseline}`);
  const measured = {
    trainTokensPerSecond: await measureStep(context, baseline),
    forwardFlopsPerToken: baseline.plan.cost.forwardFlopsPerToken,
  };
  const secondsOf = (run: PlannedRun): number => priceRun(run, measured).seconds;
  return { secondsOf, secondsOfAll: sideBySide(secondsOf, jobs), source: "a measurement" };
}

function sideBySide(secondsOf: Estimate["secondsOf"], jobs: number): Estimate["secondsOfAll"] {
  return (runs) => {
    const total = runs.reduce((sum, run) => sum + secondsOf(run) * (1 - shareDone(run)), 0);
    return total / Math.min(jobs, Math.max(1, runs.length));
  };
}

/** Share of a run's steps that its checkpoint saves. */
export function shareDone({ known, plan }: PlannedRun): number {
  return known === null ? 0 : known.stepsDone / plan.identity.settings.training.steps;
}

/** Training tokens per second of a run's step. @throws InputError when it can't be run here. */
export async function measureStep(context: RunContext, { arm }: PlannedRun): Promise<number> {
  const { workerFile, engine, threads, passes, cacheFolder } = context;
  try {
    const worker = { engine, threads, passes, cacheFolder };
    const [speed] = await measureSpeeds([arm], { workerFile, worker }, MEASURE);
    return speed ?? NaN;
  } catch (error) {
    throw new InputError(`the baseline's step can't be run here: ${messageOf(error)}`);
  }
}
