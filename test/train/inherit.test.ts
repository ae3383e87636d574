import { describe, expect, it } from "vitest";
import type { ParentSettings, Settings } from "../../src/config/settings.ts";
import { streamOf } from "../../src/core/streams.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import type { ModelSpec } from "../../src/model/spec.ts";
import type { Router } from "../../src/model/router.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { inheritanceProblem, inheritedParameters, inheritedState } from "../../src/train/inherit.ts";
import { createModelMemory } from "../../src/train/model-memory.ts";
import type { Checkpoint } from "../../src/train/types.ts";
import { eager } from "../support/engines.ts";
import { TINY_V, tinySettings } from "../support/tiny.ts";

const TRANSFER = { seed: null, keepRouter: false, noise: null };

function specOf(settings: Settings, router: Router = shippedRouters.get(settings.router.name)!): ModelSpec {
  return modelSpec(settings, router, TINY_V);
}

/** A child of a parent with these settings. */
function childOf(parent: Settings, child: Settings, transfer: Partial<ParentSettings> = {}): Settings {
  return { ...child, parent: { ...parent, ...TRANSFER, ...transfer } };
}

/** A finished parent: its parameters and state moved off where they began. */
function finalOf(spec: ModelSpec, seed: number): Checkpoint {
  const memory = createModelMemory(eager, spec, { seed });
  Object.values(memory.training.parameters).forEach((values, at) =>
    values.forEach((value, i) => (values[i] = value + 0.01 * (at + i))),
  );
  return memory.save(10);
}

const DENSE = tinySettings({ router: { name: "dense" }, model: { experts: 1, topK: 1 } });
const MOE = tinySettings({ router: { name: "linear" }, model: { experts: 4, topK: 2 } });
const dense = finalOf(specOf(DENSE), 5);
const moe = finalOf(specOf(MOE), 5);

describe("upcycling from a dense parent", () => {
  const child = specOf(childOf(DENSE, MOE));
  const start = inheritedParameters(child, 3, dense);

  it("makes every expert a copy of the dense feed-forward network", () => {
    for (const part of ["gate", "up", "down"]) {
      const name = `layers.1.experts.${part}`;
      const parent = Array.from(dense.tensors[`parameters/${name}`]!.values);
      expect(parent).toHaveLength(8 * 6); // D F
      expect(Array.from(start[name]!)).toEqual([...parent, ...parent, ...parent, ...parent]);
    }
  });

  it("takes over all else, but for the router, which starts as it would without a parent", () => {
    const fresh = initialParameters(child.parameters, MOE, 3);
    expect(Object.keys(start)).toEqual(Object.keys(fresh));
    for (const [name, values] of Object.entries(start)) {
      if (name.includes(".experts.")) continue;
      const expected = name.includes(".router.") ? fresh[name] : dense.tensors[`parameters/${name}`]?.values;
      expect(values, name).toEqual(expected);
    }
    expect(start["layers.0.query"]).not.toEqual(fresh["layers.0.query"]);
  });

  it("replaces a share of the experts' weights by normal numbers, each expert's its own", () => {
    const noisy = specOf(childOf(DENSE, MOE, { noise: { share: 0.5, std: 0.02 } }));
    const changed = inheritedParameters(noisy, 3, dense);
    const name = "layers.0.experts.up";
    // By hand from the two streams that docs/model.md names.
    const chance = streamOf(3, "upcycling", name, "replaced");
    const normals = streamOf(3, "upcycling", name, "values");
    const expected = Array.from(start[name]!, (value) =>
      chance.uniform() < 0.5 ? Math.fround(0.02 * normals.normal()) : value,
    );
    expect(Array.from(changed[name]!)).toEqual(expected);
    const replaced = changed[name]!.filter((value, i) => value !== start[name]![i]).length;
    // 192 numbers at a chance of a half: 96 +- 4 standard deviations of 6.9.
    expect(replaced).toBeGreaterThan(96 - 28);
    expect(replaced).toBeLessThan(96 + 28);
    const [first, second] = [0, 1].map((expert) => changed[name]!.slice(expert * 48, expert * 48 + 48));
    expect(first).not.toEqual(second);
    expect(changed["layers.0.query"]).toEqual(start["layers.0.query"]);
    expect(inheritedParameters(noisy, 4, dense)[name]).not.toEqual(changed[name]);
  });
});

describe("going on from a mixture of experts", () => {
  it("starts a fresh router, or keeps the parent's with its state", () => {
    const carrying: Router = {
      ...shippedRouters.get("linear")!,
      state: ({ E }) => ({ bias: { shape: [E], dtype: "float32", initial: 0.5 } }),
    };
    const memory = createModelMemory(eager, specOf(MOE, carrying), { seed: 5 });
    memory.inputs["state/layers.0.router.bias"]!.set([1, 2, 3, 4]);
    const final = memory.save(10);
    const name = "layers.0.router.weight";
    for (const keepRouter of [false, true]) {
      const child = specOf(childOf(MOE, MOE, { keepRouter }), carrying);
      expect(inheritanceProblem(child, specOf(MOE, carrying))).toBeNull();
      const start = inheritedParameters(child, 3, final);
      const fresh = initialParameters(child.parameters, MOE, 3);
      expect(start[name]).toEqual(keepRouter ? final.tensors[`parameters/${name}`]!.values : fresh[name]);
      expect(start["head"]).toEqual(final.tensors["parameters/head"]!.values);
      const state = createModelMemory(eager, child, { seed: 3, parent: final }).inputs[
        "state/layers.0.router.bias"
      ];
      expect(Array.from(state!)).toEqual(keepRouter ? [1, 2, 3, 4] : [0.5, 0.5, 0.5, 0.5]);
      expect(Object.keys(inheritedState(child, final))).toHaveLength(keepRouter ? 2 : 0);
    }
  });

  it("takes another router as well", () => {
    const attention = tinySettings({
      router: { name: "attention", options: { initScale: 1, temperature: 1 } },
    });
    const child = specOf(childOf(MOE, attention));
    expect(inheritanceProblem(child, specOf(MOE))).toBeNull();
    const start = inheritedParameters(child, 3, moe);
    expect(start["layers.0.router.weight"]).toBeUndefined();
    expect(start["layers.0.router.query"]).toHaveLength(8 * 4);
    expect(start["head"]).toEqual(moe.tensors["parameters/head"]!.values);
  });

  it("moments start at zero, and the checkpoint of the parent stays as it was", () => {
    const before = moe.tensors["parameters/head"]!.values.slice();
    const memory = createModelMemory(eager, specOf(childOf(MOE, MOE)), { seed: 3, parent: moe });
    expect(memory.training.firstMoments["head"]!.every((value) => value === 0)).toBe(true);
    expect(memory.training.secondMoments["head"]!.every((value) => value === 0)).toBe(true);
    memory.training.parameters["head"]!.fill(7);
    expect(moe.tensors["parameters/head"]!.values).toEqual(before);
  });
});

describe("weights that do not fit", () => {
  const problem = (
    parent: Settings,
    child: Settings,
    transfer: Partial<ParentSettings> = {},
  ): string | null => inheritanceProblem(specOf(childOf(parent, child, transfer)), specOf(parent));
  const model = (change: Partial<Settings["model"]>): Settings => tinySettings({ model: change });

  it("are none of equal models, and of a dense parent", () => {
    expect(problem(MOE, MOE, { keepRouter: true })).toBeNull();
    expect(problem(DENSE, MOE)).toBeNull();
  });

  it("are of another width, depth or number of experts, or left over, and are named", () => {
    expect(problem(model({ expertWidth: 5 }), MOE)).toBe(
      "the parent's weights do not fit: layers.0.experts.gate is [4, 8, 5] there and [4, 8, 6] here, " +
        "layers.0.experts.up is [4, 8, 5] there and [4, 8, 6] here, layers.0.experts.down is [4, 5, 8] there and [4, 6, 8] here, and 3 more",
    );
    // Two experts are no dense network: which of them should be copied?
    expect(problem(model({ experts: 2 }), MOE)).toContain(
      "layers.0.experts.gate is [2, 8, 6] there and [4, 8, 6] here",
    );
    expect(problem(model({ layers: 1 }), MOE)).toContain(
      "layers.1.attention_norm is missing there and [8] here",
    );
    expect(problem(model({ qkNorm: true }), model({ qkNorm: false }))).toContain(
      "layers.0.query_norm is [8] there and missing here",
    );
  });

  it("make the start an error as well", () => {
    const child = specOf(childOf(model({ layers: 1 }), MOE));
    const parent = finalOf(specOf(model({ layers: 1 })), 1);
    expect(() => inheritedParameters(child, 1, parent)).toThrow(
      "the parent has no parameter layers.1.attention_norm of shape [8]",
    );
  });
});
