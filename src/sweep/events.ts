import type { RecipeName } from "../config/recipes.ts";
import type { Experiment } from "../config/settings.ts";
import type { SummaryRow } from "../analysis/summary.ts";
import type { PoolEvent } from "../exec/process-pool.ts";
import type { Answer } from "../report/answer.ts";
import type { Procedure } from "../records/looks.ts";
import type { Finished } from "./outcome.ts";
import type { Failure, RunInfo } from "./run-info.ts";

type OfRun<E> = E extends PoolEvent ? Omit<E, "run"> & { readonly run: RunInfo } : never;

/** What happens to one run: it is started (from a step), makes progress, prints a line, is started again, or ends. */
export type RunEvent = OfRun<PoolEvent>;

/** What a sweep tells while it goes on, in this order but for repetitions. */
export type SweepEvent =
  /** What a person should know of the request, the text or the files. */
  | { readonly type: "note"; readonly text: string }
  /** Runs that are asked for, parents included, before anything is trained. */
  | {
      readonly type: "planned";
      readonly experiment: Experiment;
      readonly runs: number;
      /** Parents among them that are no variant's run. */
      readonly parents: number;
      readonly toDo: number;
      /** Those to do that go on from a checkpoint. */
      readonly resumed: number;
      /** Processes at a time. */
      readonly jobs: number;
      readonly threads: number;
    }
  /** `--until-decided`: the looks that were planned before the first. */
  | { readonly type: "looks-planned"; readonly procedure: Procedure }
  | {
      readonly type: "look";
      /** From 1. */
      readonly number: number;
      readonly planned: number;
      readonly seeds: readonly number[];
      /** Variants without a verdict. */
      readonly variants: readonly string[];
      readonly toDo: number;
    }
  | { readonly type: "verdicts"; readonly rows: readonly SummaryRow[] }
  /** Why no further look is taken. */
  | { readonly type: "looks-ended"; readonly reason: "no look left" | "no seeds left" | "no minutes left" }
  /** What goes on now. The first two can be stopped by the signal, the last is done whole. */
  | { readonly type: "phase"; readonly phase: "training" | "timing" | "writing" }
  /** Processes are started for these runs. */
  | { readonly type: "started-all"; readonly runs: readonly RunInfo[] }
  | RunEvent
  | { readonly type: "ended-all" }
  /** Runs that another process is doing. */
  | { readonly type: "waiting"; readonly runs: number }
  /** The signal was given: running runs stop after their step, with a checkpoint. */
  | { readonly type: "stopping" }
  /** The numbers are there; files come next. */
  | {
      readonly type: "answer";
      readonly folder: string;
      readonly answer: Answer;
      /** Whether this regime shows what is published, or how to find out and what it takes; "" for a calibration without a score. */
      readonly calibration: string;
    }
  /** Paths written into the result folder. */
  | { readonly type: "written"; readonly folder: string; readonly files: readonly string[] }
  /** The experiment as written is answered; recipes may follow. */
  | { readonly type: "finished"; readonly outcome: Finished }
  | { readonly type: "recipe"; readonly recipe: RecipeName }
  | {
      readonly type: "recipe-finished";
      readonly recipe: RecipeName;
      readonly folder: string;
      readonly failures: readonly Failure[];
    };
