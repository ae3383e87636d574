/** When the router learns, and at what rate. */
import { expect, it } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import { modelSpec } from "../../src/model/spec.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { adamwOptions, createModelMemory } from "../../src/train/model-memory.ts";
import { optimiserOf } from "../../src/train/optimiser.ts";
import { eager } from "../support/engines.ts";
import { TINY_V, tinySettings } from "../support/tiny.ts";

const plain = tinySettings({});
const specOf = (training: Partial<Settings["training"]>) =>
  modelSpec({ ...plain, training: { ...plain.training, ...training } }, linear, TINY_V);
const ROUTER = ["layers.0.router.weight", "layers.1.router.weight"];

it("lets the router learn in its share of the steps, and the others in all", () => {
  // Of ten steps those after round(0.3 * 10), up to round(0.6 * 10).
  const spec = specOf({ steps: 10, routerStart: 0.3, routerEnd: 0.6 });
  const optimise = optimiserOf(spec);
  const { training } = createModelMemory(eager, spec, { seed: 1 });
  const moved: number[] = [];
  for (let step = 1; step <= 10; step++) {
    for (const array of Object.values(training.gradients)) array.fill(0.01);
    const before = structuredClone(training.parameters);
    const norm = optimise(training, step);
    const changed = Object.keys(before).filter(
      (name) => before[name]!.join() !== training.parameters[name]!.join(),
    );
    const learns = changed.includes(ROUTER[0]!);
    if (learns) moved.push(step);
    expect(changed).toEqual(Object.keys(before).filter((name) => learns || !ROUTER.includes(name)));
    // While it stands still, its gradient is no part of the norm.
    const counted = changed.reduce((sum, name) => sum + before[name]!.length, 0);
    expect(norm).toBeCloseTo(0.01 * Math.sqrt(counted), 6);
  }
  expect(moved).toEqual([4, 5, 6]);
});

it("gives the router's trained parameters their own rates, and by default those of all", () => {
  const { apart } = adamwOptions(specOf({ routerLearningRateScale: 0.5, routerWeightDecay: 0 }));
  expect([...apart!]).toEqual(ROUTER.map((name) => [name, { learningRateScale: 0.5, weightDecay: 0 }]));
  const usual = { learningRateScale: 1, weightDecay: plain.training.optimizer.weightDecay };
  expect([...adamwOptions(specOf({})).apart!]).toEqual(ROUTER.map((name) => [name, usual]));
});
