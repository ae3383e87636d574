import type { Corpus } from "../data/types.ts";
import type { Engine } from "../engine/types.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { FinalResults, LoadTable, MatrixRecord, MetricRow } from "../records/results.ts";

/** A run to do, or to go on with. */
export interface TrainingJob {
  readonly model: ModelSpec;
  readonly seed: number;
  readonly corpus: Corpus;
  readonly engine: Engine;
  /** Final weights of the run that the settings name as parent; null for a run that starts at random, or is resumed and has no use for them. */
  readonly parent: Checkpoint | null;
}

/** A named tensor of a checkpoint. */
export interface CheckpointTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** All that training needs to go on bit for bit; batches and noise are functions of seed and step, so not in it. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  /** `parameters/<name>`, `first_moments/<name>`, `second_moments/<name>`, `state/<name>`, `averages/<name>`. */
  readonly tensors: Readonly<Record<string, CheckpointTensor>>;
}

/** Where a run stands, for progress bars. */
export interface Progress {
  readonly phase: "compiling" | "training" | "evaluating";
  readonly step: number;
  readonly steps: number;
  /** Of the newest step; null before the first. */
  readonly trainLossNats: number | null;
  /** Over the last steps; null before it is known. */
  readonly tokensPerSecond: number | null;
}

/** How training tells the world; nothing here may change its numbers. */
export interface TrainingHooks {
  readonly onProgress: (progress: Progress) => void;
  readonly onMetrics: (row: MetricRow) => void;
  /** Shares of assignments [L][E] at an evaluation step, on the intermediate evaluation tokens. */
  readonly onRouting: (step: number, load: readonly (readonly number[])[]) => void;
  /** Asked between steps; true stops after a checkpoint. */
  readonly shouldStop: () => boolean;
  /** Called now and then, at a stop, and at the end. */
  readonly onCheckpoint: (checkpoint: Checkpoint) => void;
  /** Given the weights and the router's state at the steps of train/kept-steps.ts; absent where nobody keeps them. */
  readonly onWeights?: (weights: Checkpoint) => void;
}

/** How training ended. Failure is a thrown RunError. */
export type TrainingOutcome =
  | { readonly status: "interrupted"; readonly stepsDone: number }
  | {
      readonly status: "finished";
      readonly stepsDone: number;
      readonly results: FinalResults;
      readonly load: LoadTable;
      /** On validation, by layer; absent where nobody counted. */
      readonly expertsPerToken?: readonly number[];
      readonly matrices: readonly MatrixRecord[];
    };

/** The signature of train/train.ts `train`. */
export type Train = (
  job: TrainingJob,
  resume: Checkpoint | null,
  hooks: TrainingHooks,
) => Promise<TrainingOutcome>;

/**
 * The signature of train/time-steps.ts `timeSteps`: seconds of single training steps, [job][round], the jobs taken in
 * turn (A B C A B C ...) after compiling all of them and two warm-up steps each. At least one round is done; no new
 * round starts once `maxSeconds` have gone since the first. A job whose step throws has the reason in their place.
 */
export type TimeSteps = (
  jobs: readonly TrainingJob[],
  options: { readonly rounds: number; readonly maxSeconds: number },
) => Promise<readonly (readonly number[] | string)[]>;
