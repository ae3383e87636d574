import { describe, expect, it } from "vitest";
import { gradientProgram, NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { adamwOptions, createModelMemory } from "../../src/train/model-memory.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { identity, matrix, normals, route, rowsOf } from "../support/bodies.ts";
import { compiled, engines } from "../support/engines.ts";
import { programFeeds, TINY_V, tinySettings } from "../support/tiny.ts";

const { log } = Math;
const sizes = { B: 1, T: 3, D: 3, E: 4, K: 2, V: 5, initStd: 0.02 };
/** x is the identity, so these are the logits of the three tokens. */
const weight = matrix([
  [log(1), log(2), log(4), log(1)], // p = [1, 2, 4, 1] / 8
  [log(3), log(1), log(3), log(1)], // p = [3, 1, 3, 1] / 8, a tie
  [0, 0, 0, 0], // p = 1/4 each, all tied
]);

describe.each(engines)("linear on $name", (engine) => {
  it("chooses the K largest, gates by a softmax over the chosen logits", async () => {
    const found = await route(engine, linear, sizes, { renormalise: true, frozen: false }, "train", {
      x: identity(3),
      weight,
    });
    // Largest first; a tie goes to the lower index.
    expect(rowsOf(found["expert"]!, 2)).toEqual([
      [2, 1],
      [0, 2],
      [0, 1],
    ]);
    // 4 / (4 + 2) and 2 / (4 + 2); then 3 / 6 twice; then 1/2 twice.
    [4 / 6, 2 / 6, 0.5, 0.5, 0.5, 0.5].forEach((gate, i) => expect(found["gate"]![i]).toBeCloseTo(gate, 6));
    [1, 2, 4, 1, 3, 1, 3, 1, 2, 2, 2, 2].forEach((p, i) => expect(found["probs"]![i]).toBeCloseTo(p / 8, 6));
  });

  it("takes the chosen probabilities as they are where gates are not renormalised", async () => {
    const found = await route(engine, linear, sizes, { renormalise: false, frozen: false }, "train", {
      x: identity(3),
      weight,
    });
    expect(Array.from(found["expert"]!)).toEqual([2, 1, 0, 2, 0, 1]);
    [4 / 8, 2 / 8, 3 / 8, 3 / 8, 1 / 4, 1 / 4].forEach((gate, i) =>
      expect(found["gate"]![i]).toBeCloseTo(gate, 6),
    );
  });
});

it("top-k then softmax is softmax, top-k, renormalise, and not softmax, top-k", async () => {
  const large = { ...sizes, T: 50, D: 7, E: 6, K: 3 };
  const drawn = normals([7, 6], "weight");
  const given = {
    x: normals([50, 7], "x"),
    weight: { ...drawn, values: Array.from(drawn.values, (w) => 0.2 * w) },
  };
  const [after, before] = await Promise.all(
    [true, false].map((renormalise) =>
      route(compiled, linear, large, { renormalise, frozen: false }, "eval", given),
    ),
  );
  const chosen = rowsOf(before!["gate"]!, 3);
  rowsOf(after!["gate"]!, 3).forEach((gates, s) => {
    const [a, b, c] = chosen[s]! as [number, number, number];
    [a, b, c].forEach((p, k) => expect(gates[k]).toBeCloseTo(p / (a + b + c), 6));
    expect(a + b + c).toBeLessThan(0.95); // flat enough that three of six do not hold it all
  });
});

/** The gradient of layer 0's router weights, [D, E]. */
async function routerGradient(change: Parameters<typeof tinySettings>[0]): Promise<Float32Array> {
  const settings = tinySettings(change);
  const program = gradientProgram(modelSpec(settings, linear, TINY_V));
  const executable = await compiled.compile(program);
  const outputs = await executable.run(programFeeds(program, modelSpec(settings, linear, TINY_V), 3));
  await executable.dispose();
  return outputs[NAMES.gradient("layers.0.router.weight")] as Float32Array;
}

/** The settings are made here, since an experiment file with them is refused. */
describe("K = 1 with renormalised gates", () => {
  const one = { model: { topK: 1 }, losses: { balanceWeight: 0, zWeight: 0 } };
  const renormalised = { name: "linear", options: { renormalise: true } };

  it("leaves the router without a gradient from the language-model loss", async () => {
    const gradient = await routerGradient({ ...one, router: renormalised });
    // The softmax of a single number is 1 whatever the number: rounding can't leave anything either.
    expect(gradient.every((value) => value === 0)).toBe(true);
  });

  it("is reached by the balance loss all the same, and by the language-model loss where gates are probabilities", async () => {
    const balanced = await routerGradient({
      ...one,
      losses: { balanceWeight: 0.01, zWeight: 0 },
      router: renormalised,
    });
    const probabilities = await routerGradient({
      ...one,
      router: { name: "linear", options: { renormalise: false } },
    });
    for (const gradient of [balanced, probabilities]) expect(Math.hypot(...gradient)).toBeGreaterThan(1e-6);
  });

  it("is refused, unless the router is frozen anyway", () => {
    const { model, data } = tinySettings(one);
    expect(linear.problems({ renormalise: true }, model, data)).toMatchObject([{ path: "model.topK" }]);
    expect(linear.problems({ renormalise: true, frozen: true }, model, data)).toEqual([]);
    expect(linear.problems({ renormalise: false }, model, data)).toEqual([]);
    expect(linear.problems({}, { ...model, topK: 2 }, data)).toEqual([]);
  });
});

it.each([true, false])("with frozen: %s, AdamW steps leave the weights alone accordingly", async (frozen) => {
  const settings = tinySettings({ router: { name: "linear", options: { frozen } } });
  const spec = modelSpec(settings, linear, TINY_V);
  const program = gradientProgram(spec);
  const executable = await compiled.compile(program);
  const memory = createModelMemory(compiled, spec, { seed: 1 });
  const before = Object.fromEntries(
    Object.entries(memory.inputs).map(([name, values]) => [name, values.slice()]),
  );
  const feeds = programFeeds(program, modelSpec(settings, linear, TINY_V), 1);
  for (let step = 1; step <= 4; step++) {
    await executable.run(
      { ...memory.inputs, [NAMES.inputs]: feeds[NAMES.inputs]!, [NAMES.targets]: feeds[NAMES.targets]! },
      memory.outputs,
    );
    // Weight decay moves a parameter even without a gradient, so this checks that the optimiser never sees it.
    memory.training.adamw(step, 0.01, adamwOptions(spec));
  }
  await executable.dispose();
  const unchanged = Object.keys(before).filter((name) =>
    Buffer.from(before[name]!.buffer).equals(Buffer.from(memory.inputs[name]!.slice().buffer)),
  );
  const routers = ["layers.0.router.weight", "layers.1.router.weight"].map(NAMES.parameter);
  expect(unchanged).toEqual(frozen ? routers : []);
});
