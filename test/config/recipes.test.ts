import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../../src/config/defaults.ts";
import { experimentUnder, RECIPES, withRecipe } from "../../src/config/recipes.ts";
import {
  annealSteps,
  ownSettings,
  type Experiment,
  type Settings,
  type TrainingSettings,
} from "../../src/config/settings.ts";

const training = (more: Partial<TrainingSettings>): Settings => ({
  ...DEFAULTS,
  training: { ...DEFAULTS.training, ...more },
});

describe("a recipe changes the training, and nothing else", () => {
  const written = training({ steps: 800, learningRate: 0.003, warmupSteps: 80, evaluateEvery: 100 });
  it.each([
    ["half-rate", { learningRate: 0.0015 }],
    ["double-rate", { learningRate: 0.006 }],
    ["half-length", { steps: 400, warmupSteps: 40, evaluateEvery: 50 }],
  ] as const)("%s", (recipe, changed) => {
    expect(withRecipe(written, recipe)).toEqual({
      ...written,
      training: { ...written.training, ...changed },
    });
  });
  it("twice the half rate is the rate again, to the bit", () => {
    const odd = training({ learningRate: 0.1 + 0.2 });
    expect(withRecipe(withRecipe(odd, "half-rate"), "double-rate")).toEqual(odd);
  });
  it("a parent stays as it is", () => {
    const parent = { ...ownSettings(written), seed: null, keepRouter: true, noise: null, parent: null };
    for (const recipe of RECIPES) {
      expect(withRecipe({ ...written, parent }, recipe).parent).toBe(parent);
    }
  });
});

describe("half the length", () => {
  const half = (more: Partial<TrainingSettings>) => withRecipe(training(more), "half-length").training;
  it("rounds, and leaves at least one of each", () => {
    expect(half({ steps: 25, warmupSteps: 3, evaluateEvery: 1 })).toMatchObject({
      ...{ steps: 13, warmupSteps: 2, evaluateEvery: 1 },
    });
    expect(half({ steps: 5, warmupSteps: 1 })).toMatchObject({ steps: 3, warmupSteps: 1 });
  });
  it("makes no warm-up where there was none", () => {
    expect(half({ steps: 20, warmupSteps: 0 })).toMatchObject({ steps: 10, warmupSteps: 0 });
  });
  it("keeps a step between warm-up and anneal, as the rules ask for", () => {
    // 10 steps: 4 of warm-up, 5 of anneal, 1 between. Halved: 5, of which 3 (2.5 rounded) are anneal and 1 is between.
    expect(half({ steps: 10, warmupSteps: 4, annealShare: 0.5 })).toMatchObject({ steps: 5, warmupSteps: 1 });
    let tried = 0;
    for (let steps = 3; steps <= 30; steps++) {
      for (let warmupSteps = 0; warmupSteps < steps; warmupSteps++) {
        for (const annealShare of [0, 0.1, 0.3, 0.5]) {
          if (warmupSteps + annealSteps({ steps, annealShare }) >= steps) continue;
          const halved = half({ steps, warmupSteps, annealShare });
          expect(halved.warmupSteps + annealSteps(halved)).toBeLessThan(halved.steps);
          tried += 1;
        }
      }
    }
    expect(tried).toBeGreaterThan(1000);
  });
});

it("an experiment under a recipe: every variant, and it says so", () => {
  const experiment: Experiment = {
    ...{ name: "e", title: "E", paper: "", tier: "quick", seeds: [1], baseline: "a" },
    ...{ controls: { floor: null, dense: null }, metric: "validation_loss_nats", margin: 0.003 },
    variants: [
      { name: "a", label: "A", varies: [], settings: training({ learningRate: 1 }) },
      {
        name: "b",
        label: "B",
        varies: ["training.learningRate"],
        settings: training({ learningRate: 4 }),
      },
    ],
  };
  const under = experimentUnder(experiment, "half-rate");
  expect(under).toMatchObject({ name: "e", title: "E, half-rate", recipe: "half-rate", baseline: "a" });
  expect(under.variants.map(({ settings }) => settings.training.learningRate)).toEqual([0.5, 2]);
  expect(under.variants.map(({ name, label, varies }) => [name, label, varies])).toEqual([
    ["a", "A", []],
    ["b", "B", ["training.learningRate"]],
  ]);
});
