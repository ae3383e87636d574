import { describe, expect, it } from "vitest";
import type { Router } from "../../src/model/router.ts";
import { NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { adamwOptions, createModelMemory } from "../../src/train/model-memory.ts";
import { eager } from "../support/engines.ts";
import { TINY_V, tinySettings } from "../support/tiny.ts";

/** linear with everything that a router may carry. */
const carrying: Router = {
  ...linear,
  state: ({ E }) => ({ bias: { shape: [E], dtype: "float32", initial: 0.5 } }),
  noise: ({ E }) => ({
    jitter: { shape: [E, 3], distribution: "uniform" },
    gumbel: { shape: [E], distribution: "normal" },
  }),
};
const settings = tinySettings({});
const spec = modelSpec(settings, carrying, TINY_V);

describe("a model's memory", () => {
  it("starts state at its initial value and moves it by what the step gave", () => {
    const memory = createModelMemory(eager, spec, { seed: 1 });
    const name = "layers.1.router.bias";
    expect(Array.from(memory.inputs[NAMES.state(name)]!)).toEqual([0.5, 0.5, 0.5, 0.5]);
    memory.outputs[NAMES.nextState(name)]!.set([1, 2, 3, 4]);
    expect(memory.inputs[NAMES.state(name)]![0]).toBe(0.5);
    memory.advanceState();
    expect(Array.from(memory.inputs[NAMES.state(name)]!)).toEqual([1, 2, 3, 4]);
    expect(Array.from(memory.save(1).tensors[`state/${name}`]!.values)).toEqual([1, 2, 3, 4]);
  });

  it("is what a checkpoint of it holds, and the checkpoint is a copy", () => {
    const memory = createModelMemory(eager, spec, { seed: 1 });
    for (const block of [
      memory.training.parameters,
      memory.training.firstMoments,
      memory.training.secondMoments,
    ]) {
      for (const values of Object.values(block)) values.forEach((_, i) => (values[i] = values[i]! + i));
    }
    const saved = memory.save(7);
    const other = createModelMemory(eager, spec, { seed: 99, from: saved });
    expect(other.save(7)).toEqual(saved);
    memory.training.parameters["head"]![0] = -123;
    expect(saved.tensors["parameters/head"]!.values[0]).not.toBe(-123);
  });
});

it("weight decay spares norms and embeddings only where the settings say so", () => {
  const undecayed = (optimizer: Partial<typeof settings.training.optimizer>): string[] => {
    const changed = { ...settings.training.optimizer, ...optimizer };
    const training = { ...settings.training, optimizer: changed };
    return [...adamwOptions({ ...spec, settings: { ...settings, training } }).undecayed].sort();
  };
  expect(undecayed({})).toEqual([]);
  expect(undecayed({ decayEmbeddings: false })).toEqual(["embedding"]);
  const gains = ["attention_norm", "key_norm", "moe_norm", "query_norm"].flatMap((name) =>
    [0, 1].map((layer) => `layers.${layer}.${name}`),
  );
  expect(undecayed({ decayNorms: false })).toEqual(["final_norm", ...gains].sort());
});
