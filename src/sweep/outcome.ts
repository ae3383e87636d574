import type { Answer } from "../report/answer.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { runsWithParents } from "../exec/plan.ts";
import type { RunRequest } from "./run-flags.ts";
import type { Failure } from "./run-info.ts";

/** What a step takes. */
export interface StepPrice {
  readonly runs: number;
  /** Until all of them are done; null where no finished run tells. */
  readonly seconds: number | null;
}

/** How to go on with variants that have no verdict yet. */
export interface NextStep {
  /** `look`: the next planned look. `anew`: other seeds, since the false-positive rate of these is used. */
  readonly kind: "look" | "anew";
  /** Variants without a verdict. */
  readonly undecided: readonly string[];
  /** The request that does it. */
  readonly request: RunRequest;
  /** To the next look. */
  readonly price: StepPrice;
  /** To the last one. */
  readonly atMost: StepPrice;
}

/** All that was asked for was tried, and the answer is written. */
export interface Finished extends Answer {
  readonly status: "finished";
  /** The result folder. */
  readonly folder: string;
  /** Paths written there, without the small data files. */
  readonly files: readonly string[];
  /** Runs that failed; the answer is of the others. */
  readonly failures: readonly Failure[];
  /** How to go on where verdicts are open; null where there is nothing to decide. */
  readonly next: NextStep | null;
}

/** The signal stopped it. Checkpoints are kept: the same request goes on from there. */
export interface Interrupted {
  readonly status: "interrupted";
  /** Runs that were asked for, parents included. */
  readonly runs: number;
  /** Those finished, now or before. */
  readonly finished: number;
  /** Those that were running and stopped with a checkpoint. */
  readonly stopped: number;
}

/** How an experiment ended. */
export type Outcome = Finished | Interrupted;

/** How far an interrupted experiment came. @param todo what was to be trained of what was asked for. */
export function interruption(
  asked: readonly PlannedRun[],
  todo: readonly PlannedRun[],
  trained: { readonly finished: number; readonly stopped: number },
): Interrupted {
  const runs = runsWithParents(asked).length;
  const finished = runs - todo.length + trained.finished;
  return { status: "interrupted", runs, finished, stopped: trained.stopped };
}
