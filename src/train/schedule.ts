import { annealSteps, type TrainingSettings } from "../config/settings.ts";

/**
 * Learning rate of a step (1-based): linear warm-up to the peak, a cosine down to its final share, and over the last
 * `annealShare` of the steps a straight line from there to zero (OLMoE, arXiv 2409.02060, appendix B).
 */
export function learningRateAt(step: number, training: TrainingSettings): number {
  const { learningRate, warmupSteps, steps, finalLearningRateShare: floor } = training;
  const cosineEnd = steps - annealSteps(training);
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  if (step > cosineEnd) return (learningRate * floor * (steps - step)) / (steps - cosineEnd);
  const progress = (step - warmupSteps) / (cosineEnd - warmupSteps);
  return learningRate * (floor + ((1 - floor) * (1 + Math.cos(Math.PI * progress))) / 2);
}
