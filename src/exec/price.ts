import type { PlannedRun } from "./plan.ts";

/** What a run will take. */
export interface RunPrice {
  /** Training and evaluation together. */
  readonly flops: number;
  readonly seconds: number;
  /** Kept for good: final parameters and rows. */
  readonly bytes: number;
}

/** A speed that was measured, and what one token of it costs forwards. */
export interface MeasuredSpeed {
  readonly trainTokensPerSecond: number;
  readonly forwardFlopsPerToken: number;
}

/** The backward pass costs about twice the forward pass. */
const TRAIN_PASSES = 3;
/** Starting a process, reading the text and compiling; measured with tiny models on 2 cores. */
const START_SECONDS = 2;
const BYTES_PER_METRIC_ROW = 110;

/** FLOPs of a whole run: training steps, and the evaluations between and at the end. */
export function runFlops({ plan }: Pick<PlannedRun, "plan">): number {
  const { data, training } = plan.identity.settings;
  const trained = training.steps * data.batchSequences * data.sequenceLength;
  const between = Math.max(0, Math.ceil(training.steps / training.evaluateEvery) - 1);
  const evaluated = between * training.evaluationTokens + data.validationTokens;
  return (TRAIN_PASSES * trained + evaluated) * plan.cost.forwardFlopsPerToken;
}

/**
 * Prices a run from the measured speed of one arm, taking speed to be in proportion to FLOPs: an estimate, which leaves
 * out that processes side by side share the memory's bandwidth.
 */
export function priceRun(run: Pick<PlannedRun, "plan">, measured: MeasuredSpeed): RunPrice {
  const flops = runFlops(run);
  const flopsPerSecond = measured.trainTokensPerSecond * TRAIN_PASSES * measured.forwardFlopsPerToken;
  const rows = run.plan.identity.settings.training.steps;
  return {
    flops,
    seconds: START_SECONDS + flops / flopsPerSecond,
    bytes: run.plan.cost.totalParameters * 4 + rows * BYTES_PER_METRIC_ROW,
  };
}
