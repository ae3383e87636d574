import { beforeAll, describe, expect, it } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import { evaluationBatches } from "../../src/data/batches.ts";
import { evaluationProgram } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { evaluate } from "../../src/train/evaluate.ts";
import { createModelMemory } from "../../src/train/model-memory.ts";
import { compiled } from "../support/engines.ts";
import { TINY_V, tinySettings } from "../support/tiny.ts";
import { trainTiny, TRAINING_CORPUS, type ToldTraining } from "../support/training.ts";

const STEPS = 20;

/** A checkpoint after every step, and weights that move. */
function settingsOf(averageLastShare: number, steps = STEPS): Settings {
  const settings = tinySettings({});
  const training = { ...settings.training, steps, learningRate: 0.02, evaluateEvery: 1, averageLastShare };
  return { ...settings, training };
}

describe("averaged over the last quarter of 20 steps", () => {
  let plain: ToldTraining;
  let averaged: ToldTraining;
  beforeAll(async () => {
    [plain, averaged] = [await trainTiny(settingsOf(0)), await trainTiny(settingsOf(0.25))];
  });

  it("trains as without: every step, and what is evaluated between, is the same", () => {
    expect(averaged.rows).toEqual(plain.rows);
  });

  it("the final weights are the mean of those after steps 16 to 20, moments are the last step's", () => {
    const last = averaged.checkpoints.at(-1)!;
    for (const [name, { values }] of Object.entries(plain.checkpoints.at(-1)!.tensors)) {
      const found = last.tensors[name]!.values;
      if (!name.startsWith("parameters/")) {
        expect(found, name).toEqual(values);
        continue;
      }
      const five = plain.checkpoints.slice(-5).map(({ tensors }) => tensors[name]!.values);
      expect(five).toHaveLength(5);
      found.forEach((value, i) => {
        const mean = five.reduce((sum, one) => sum + one[i]!, 0) / 5;
        expect(Math.abs(value - mean)).toBeLessThan(1e-6);
      });
    }
    const moved = plain.checkpoints.at(-1)!.tensors["parameters/head"]!.values;
    expect(last.tensors["parameters/head"]!.values).not.toEqual(moved);
  });

  it("the final loss is that of the mean weights", async () => {
    const settings = settingsOf(0.25);
    const spec = modelSpec(settings, shippedRouters.get("linear")!, TINY_V);
    const memory = createModelMemory(compiled, spec, { seed: 3, from: averaged.checkpoints.at(-1)! });
    const { data } = settings;
    const batches = evaluationBatches(TRAINING_CORPUS, data, "validation", data.validationTokens);
    const program = await compiled.compile(evaluationProgram(spec, "eval"));
    const { lossNats } = await evaluate(
      program,
      { model: spec, corpus: TRAINING_CORPUS, seed: 3 },
      batches,
      memory.inputs,
    );
    if (averaged.outcome.status !== "finished" || plain.outcome.status !== "finished") throw new Error();
    expect(averaged.outcome.results.validationLossNats).toBe(lossNats);
    expect(averaged.outcome.results.validationLossNats).not.toBe(plain.outcome.results.validationLossNats);
    // The training loss has nothing to do with it.
    expect(averaged.outcome.results.trainLossNats).toBe(plain.outcome.results.trainLossNats);
  });

  it("checkpoints carry the running mean only while there is one", () => {
    const withMean = averaged.checkpoints.filter(({ tensors }) => "averages/head" in tensors);
    expect(withMean.map(({ step }) => step)).toEqual([16, 17, 18, 19]);
    expect(withMean[0]!.tensors["averages/head"]).toEqual(plain.checkpoints[15]!.tensors["parameters/head"]);
  });

  // Before the mean begins, at its first step, inside it, and after the last step.
  it.each([10, 15, 16, 18, STEPS])("resumed after step %i it ends the same, bit for bit", async (at) => {
    const resume = averaged.checkpoints.find(({ step }) => step === at)!;
    const again = await trainTiny(settingsOf(0.25), { resume });
    expect(again.outcome).toEqual(averaged.outcome);
    expect(again.checkpoints.at(-1)).toEqual(averaged.checkpoints.at(-1));
  });
});

it("a share of one averages over all steps, a tiny one keeps the last step's weights", async () => {
  const [plain, all, least] = [
    await trainTiny(settingsOf(0, 4)),
    await trainTiny(settingsOf(1, 4)),
    await trainTiny(settingsOf(0.01, 4)),
  ];
  const head = (told: ToldTraining, at: number): Float32Array =>
    told.checkpoints.at(at)!.tensors["parameters/head"]!.values;
  const sum = [0, 1, 2, 3].map((at) => head(plain, at)[0]!).reduce((a, b) => a + b);
  expect(head(all, -1)[0]).toBeCloseTo(sum / 4, 6);
  expect(head(least, -1)).toEqual(head(plain, -1));
});

it("frozen weights and the router's state are the last step's", async () => {
  const frozen = { name: "linear", options: { frozen: true, renormalise: true } };
  const base = settingsOf(0.5, 6);
  const told = await trainTiny({ ...base, router: frozen });
  const name = "parameters/layers.0.router.weight";
  expect(told.checkpoints.at(-1)!.tensors[name]).toEqual(told.checkpoints[0]!.tensors[name]);
  const choice = { ...base, router: { name: "expert-choice", options: {} } };
  const plainChoice = { ...choice, training: { ...choice.training, averageLastShare: 0 } };
  const [averaged, plain] = [await trainTiny(choice), await trainTiny(plainChoice)];
  const states = Object.keys(plain.checkpoints.at(-1)!.tensors).filter((key) => key.startsWith("state/"));
  expect(states.length).toBeGreaterThan(0);
  for (const key of states)
    expect(averaged.checkpoints.at(-1)!.tensors[key]).toEqual(plain.checkpoints.at(-1)!.tensors[key]);
});
