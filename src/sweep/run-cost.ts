import { OBJECTIVES } from "../config/declared/objective.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { keptSteps } from "../train/kept-steps.ts";

/** The backward pass costs about twice the forward pass. */
const TRAIN_PASSES = 3;
const BYTES_PER_METRIC_ROW = 110;

/** FLOPs of a training step for each of its tokens, with the frozen parent's forward pass where the objective measures against it. */
export function trainFlopsPerToken({ plan }: Pick<PlannedRun, "plan">): number {
  const { hasReference } = OBJECTIVES[plan.identity.settings.objective.name];
  return (TRAIN_PASSES + (hasReference ? 1 : 0)) * plan.cost.forwardFlopsPerToken;
}

/** FLOPs of a whole run: training steps, and the evaluations between and at the end. */
export function runFlops(run: Pick<PlannedRun, "plan">): number {
  const { plan } = run;
  const { data, training } = plan.identity.settings;
  const trained = training.steps * data.batchSequences * data.sequenceLength;
  const between = Math.max(0, Math.ceil(training.steps / training.evaluateEvery) - 1);
  const evaluated = between * training.evaluationTokens + data.validationTokens;
  return trained * trainFlopsPerToken(run) + evaluated * plan.cost.forwardFlopsPerToken;
}

/** What a run keeps for good: rows, final parameters, and those of along the way where it keeps any. */
export function runBytes({ plan }: Pick<PlannedRun, "plan">, keepsWeights: boolean): number {
  const { steps } = plan.identity.settings.training;
  const kept = 1 + (keepsWeights ? keptSteps(steps).length : 0);
  return kept * plan.cost.totalParameters * 4 + steps * BYTES_PER_METRIC_ROW;
}
