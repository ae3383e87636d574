import type { RecipeName } from "./recipe-names.ts";
import { annealSteps, type Experiment, type Settings, type TrainingSettings } from "./settings.ts";

export { RECIPES, type RecipeName } from "./recipe-names.ts";

/** What a recipe does, for messages and notes. */
export const RECIPE_WORDS: Readonly<Record<RecipeName, string>> = {
  "half-rate": "half the peak learning rate",
  "double-rate": "twice the peak learning rate",
  "half-length": "half the training steps, warm-up and evaluations scaled along",
};

/** Settings under a recipe. The parent of a run stays as it is: a recipe asks how a run is trained, not from what it starts. */
export function withRecipe(settings: Settings, recipe: RecipeName): Settings {
  return { ...settings, training: trainingUnder(settings.training, recipe) };
}

/** Every variant of an experiment under a recipe; its title says so. Parents stay as they are. */
export function experimentUnder(experiment: Experiment, recipe: RecipeName): Experiment {
  const variants = experiment.variants.map((variant) => ({
    ...variant,
    settings: withRecipe(variant.settings, recipe),
  }));
  return { ...experiment, title: `${experiment.title}, ${recipe}`, recipe, variants };
}

function trainingUnder(training: TrainingSettings, recipe: RecipeName): TrainingSettings {
  switch (recipe) {
    case "half-rate":
      return { ...training, learningRate: training.learningRate / 2 };
    case "double-rate":
      return { ...training, learningRate: training.learningRate * 2 };
    case "half-length":
      return halfAsLong(training);
  }
}

/** Shares (the final rate, anneal, averaging) are of the new length by themselves. Without a warm-up there is none. */
function halfAsLong(training: TrainingSettings): TrainingSettings {
  const steps = half(training.steps);
  const warmupSteps = training.warmupSteps === 0 ? 0 : half(training.warmupSteps);
  // Rounded up, both ends of a very short training could leave nothing between them.
  const most = Math.max(0, steps - annealSteps({ ...training, steps }) - 1);
  return {
    ...training,
    steps,
    warmupSteps: Math.min(warmupSteps, most),
    evaluateEvery: half(training.evaluateEvery),
  };
}

/** The nearest whole number, at least 1. */
function half(steps: number): number {
  return Math.max(1, Math.round(steps / 2));
}
