import type { TrainingSettings } from "../config/settings.ts";

/** Learning rate of a step (1-based): linear warm-up to the peak, then a cosine down to its final share. */
export function learningRateAt(step: number, training: TrainingSettings): number {
  const { learningRate, warmupSteps, steps, finalLearningRateShare: floor } = training;
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  const progress = (step - warmupSteps) / (steps - warmupSteps);
  return learningRate * (floor + ((1 - floor) * (1 + Math.cos(Math.PI * progress))) / 2);
}
