import { join } from "node:path";
import { InputError, messageOf } from "../core/errors.ts";
import { runsWithParents } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { measureVariants } from "../exec/timing.ts";
import { runSeconds } from "../store/run-seconds.ts";
import { runFlops, trainFlopsPerToken } from "./run-cost.ts";
import type { Session } from "./session.ts";

/** A speed that was measured, and what one token of it costs in training. */
export interface MeasuredSpeed {
  readonly trainTokensPerSecond: number;
  readonly trainFlopsPerToken: number;
}

/** Says how long runs will take, side by side as a session does them: an estimate. */
export interface Price {
  /** What it is made from. */
  readonly source: "finished runs" | "a measurement";
  /** The baseline's, where it was measured now. */
  readonly measured: MeasuredSpeed | null;
  /** Seconds of one run by itself. */
  readonly secondsOf: (run: PlannedRun) => number;
  /** Seconds until all of them are done. */
  readonly secondsOfAll: (runs: readonly PlannedRun[]) => number;
}

/** Starting a process, reading the text and compiling; measured with tiny models on 2 cores. */
const START_SECONDS = 2;
/** A few steps are enough for an estimate. */
const MEASURE = { rounds: 8, maxSeconds: 4 } as const;

/**
 * Seconds of a run from the measured speed of another, taking speed to be in proportion to FLOPs; processes side by side, which share the
 * memory's bandwidth, are slower.
 */
export function secondsAt(run: Pick<PlannedRun, "plan">, measured: MeasuredSpeed): number {
  return START_SECONDS + runFlops(run) / (measured.trainTokensPerSecond * measured.trainFlopsPerToken);
}

/**
 * The price of runs, from those of the experiment that this engine has finished: the mean of the same variant at the same length, or, for another one,
 * by its FLOPs. Where none has left its times, the baseline's step is measured for a moment.
 * @param runs of the experiment, finished or not; the first of the baseline is measured.
 * @throws InputError when the step can't be run here.
 */
export async function priceRuns(session: Session, runs: readonly PlannedRun[]): Promise<Price> {
  return priceFromRuns(session, runs) ?? (await priceFromMeasurement(session, runs));
}

/** The same from finished runs alone; null when none has left its times. */
export function priceFromRuns(
  { jobs, runsFolder, provenance }: Pick<Session, "jobs" | "runsFolder" | "provenance">,
  runs: readonly PlannedRun[],
): Price | null {
  const isAlike = ({ known }: PlannedRun): boolean =>
    known?.status === "finished" &&
    known.provenance?.engine === provenance.engine &&
    known.provenance.threads === provenance.threads;
  const timed = runsWithParents(runs)
    .filter(isAlike)
    .flatMap((run) => {
      const seconds = runSeconds(join(runsFolder, run.runName));
      return seconds === null ? [] : [{ run, flops: runFlops(run), seconds }];
    });
  if (timed.length === 0) return null;
  const secondsPerFlop = sum(timed.map(({ seconds }) => seconds)) / sum(timed.map(({ flops }) => flops));
  const secondsOf = (run: PlannedRun): number => {
    const flops = runFlops(run);
    const same = timed.filter((other) => other.run.variant === run.variant && other.flops === flops);
    if (same.length > 0) return sum(same.map(({ seconds }) => seconds)) / same.length;
    return secondsPerFlop * flops;
  };
  const secondsOfAll = sideBySide(secondsOf, jobs);
  return { source: "finished runs", measured: null, secondsOf, secondsOfAll };
}

async function priceFromMeasurement(session: Session, runs: readonly PlannedRun[]): Promise<Price> {
  const { experiment, jobs } = session;
  const baseline = runs.find((run) => run.variant === experiment.baseline);
  if (baseline === undefined) throw new Error(`no run of the baseline ${experiment.baseline}`);
  const measured = {
    trainTokensPerSecond: await measureStep(session, baseline),
    trainFlopsPerToken: trainFlopsPerToken(baseline),
  };
  const secondsOf = (run: PlannedRun): number => secondsAt(run, measured);
  return { source: "a measurement", measured, secondsOf, secondsOfAll: sideBySide(secondsOf, jobs) };
}

function sideBySide(secondsOf: Price["secondsOf"], jobs: number): Price["secondsOfAll"] {
  return (runs) =>
    sum(runs.map((run) => secondsOf(run) * (1 - shareDone(run)))) / Math.min(jobs, Math.max(1, runs.length));
}

/** Share of a run's steps that its checkpoint saves. */
function shareDone({ known, plan }: PlannedRun): number {
  return known === null ? 0 : known.stepsDone / plan.identity.settings.training.steps;
}

/** Training tokens per second of a run's step. @throws InputError when it can't be run here. */
async function measureStep({ workerFile, worker }: Session, { spec }: PlannedRun): Promise<number> {
  try {
    const [speed] = await measureVariants([spec], { workerFile, worker }, MEASURE);
    if (typeof speed === "number") return speed;
    throw new Error(speed);
  } catch (error) {
    throw new InputError(`the baseline's step can't be run here: ${messageOf(error)}`);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
