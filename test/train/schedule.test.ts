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

it("starts at the peak without a warm-up, and may end in the warm-up", () => {
  // Progress of step 1 of 2 is 1/2.
  expect(learningRateAt(1, { ...training, warmupSteps: 0, steps: 2 })).toBeCloseTo(0.5, 12);
  expect(learningRateAt(4, { ...training, warmupSteps: 4, steps: 4 })).toBeCloseTo(0.8, 12);
});
