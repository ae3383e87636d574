import { expect, it } from "vitest";
import { learningRateAt } from "../../src/train/schedule.ts";
import { tinySettings } from "../support/tiny.ts";

const training = {
  ...tinySettings({}).training,
  learningRate: 0.8,
  warmupSteps: 4,
  steps: 16,
  finalLearningRateShare: 0.25,
};

it("warms up linearly, then follows a cosine down to its final share", () => {
  const at = (step: number): number => learningRateAt(step, training);
  // Warm-up: 0.8 * t / 4.
  [0.2, 0.4, 0.6, 0.8].forEach((rate, i) => expect(at(i + 1)).toBeCloseTo(rate, 12));
  // Progress (t - 4) / 12 of 1/3, 1/2, 2/3 and 1: (1 + cos) / 2 of 3/4, 1/2, 1/4 and 0, on the way from 0.8 to 0.2.
  expect(at(8)).toBeCloseTo(0.2 + 0.6 * 0.75, 12);
  expect(at(10)).toBeCloseTo(0.2 + 0.6 * 0.5, 12);
  expect(at(12)).toBeCloseTo(0.2 + 0.6 * 0.25, 12);
  expect(at(16)).toBeCloseTo(0.2, 12);
});

it("anneals in a straight line to zero over the last share of the steps, the cosine ending before", () => {
  // A quarter of 16 steps: the cosine runs from step 4 to step 12, then 4 steps from 0.2 to 0.
  const at = (step: number): number => learningRateAt(step, { ...training, annealShare: 0.25 });
  expect(at(4)).toBeCloseTo(0.8, 12);
  expect(at(8)).toBeCloseTo(0.2 + 0.6 * 0.5, 12);
  expect(at(12)).toBeCloseTo(0.2, 12);
  [0.15, 0.1, 0.05, 0].forEach((rate, i) => expect(at(13 + i)).toBeCloseTo(rate, 12));
  // At least one step: 0.01 * 16 rounds to none.
  expect(learningRateAt(15, { ...training, annealShare: 0.01 })).toBeCloseTo(0.2, 12);
  expect(learningRateAt(16, { ...training, annealShare: 0.01 })).toBe(0);
  // Nearest whole number of steps: 0.1 * 16 = 1.6 is 2.
  expect(learningRateAt(14, { ...training, annealShare: 0.1 })).toBeCloseTo(0.2, 12);
  expect(learningRateAt(15, { ...training, annealShare: 0.1 })).toBeCloseTo(0.1, 12);
});

it("a cosine to a final share of zero ends at zero", () => {
  const at = (step: number): number => learningRateAt(step, { ...training, finalLearningRateShare: 0 });
  expect(at(4)).toBeCloseTo(0.8, 12);
  expect(at(10)).toBeCloseTo(0.4, 12);
  expect(at(16)).toBeCloseTo(0, 12);
});

it("starts at the peak without a warm-up, and may end in the warm-up", () => {
  // Progress of step 1 of 2 is 1/2.
  expect(learningRateAt(1, { ...training, warmupSteps: 0, steps: 2 })).toBeCloseTo(0.5, 12);
  expect(learningRateAt(4, { ...training, warmupSteps: 4, steps: 4 })).toBeCloseTo(0.8, 12);
});
