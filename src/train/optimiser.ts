import { routerSteps } from "../config/settings.ts";
import type { AdamWOptions, TrainingMemory } from "../engine/types.ts";
import type { ModelSpec } from "../model/spec.ts";
import { adamwOptions, routerNames } from "./model-memory.ts";
import { learningRateAt } from "./schedule.ts";

/**
 * One step (1-based) of a model's optimiser over its memory.
 * @returns the global gradient norm before clipping; where it is not finite, nothing was changed.
 */
type OptimiserStep = (memory: TrainingMemory, step: number) => number;

/**
 * AdamW of a model, at the learning rate of the step. Before `routerStart` and after `routerEnd` the router's parameters stand still,
 * as if nobody had asked for their gradients: these are no part of the norm that is clipped, nor of the moments. So a router that begins late
 * begins with empty moments, and its first steps are shorter: (1 - beta1) / sqrt(1 - beta2), 0.45 times the learning rate with the defaults.
 */
export function optimiserOf(spec: ModelSpec): OptimiserStep {
  const { training } = spec.settings;
  const { first, last } = routerSteps(training);
  const learning = adamwOptions(spec);
  const router = routerNames(spec.parameters);
  const still = { learningRateScale: 0, weightDecay: 0 };
  const holding: AdamWOptions = { ...learning, apart: new Map(router.map((name) => [name, still])) };
  return (memory, step) => {
    const holds = step < first || step > last;
    if (holds) for (const name of router) memory.gradients[name]?.fill(0);
    return memory.adamw(step, learningRateAt(step, training), holds ? holding : learning);
  };
}
