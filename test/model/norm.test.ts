import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { normalise } from "../../src/model/norm.ts";
import { normHasGain } from "../../src/model/parameters.ts";
import type { Tfjs } from "../../src/engine/tf.ts";
import { identity, normals, rowsOf, runBody } from "../support/bodies.ts";
import { eager, engines } from "../support/engines.ts";
import { expectGradients, gradientOf, valueProgram } from "../support/gradients.ts";
import { runOnce } from "../support/graphs.ts";
import { relativeDistance } from "../support/tiny.ts";

interface Numbers {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** LayerNorm of PyTorch, values and gradients (test/fixtures/torch/make_filter.py). */
const torch = JSON.parse(readFileSync("test/fixtures/torch/filter.json", "utf8")) as Record<
  "layer" | "layer-nonparametric",
  {
    readonly inputs: Readonly<Record<string, Numbers>>;
    readonly gradients: Readonly<Record<string, Numbers>>;
    readonly weight: Numbers;
    readonly output: Numbers;
  }
>;
const array = ({ values }: Numbers): Float32Array => Float32Array.from(values);

describe.each(["layer", "layer-nonparametric"] as const)("%s", (norm) => {
  const { inputs, gradients, weight, output } = torch[norm];
  const model = { norm, normEps: 1e-5 };
  const differentiable = {
    variables: Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape])),
    body: ({ x, gain }: Record<string, Tfjs.Tensor>) => normalise(x!, gain, model),
  };
  const given = Object.fromEntries(Object.entries(inputs).map(([name, numbers]) => [name, array(numbers)]));

  it.each(engines)("is PyTorch's layer_norm, with its gradients, on $name", async (engine) => {
    const { y } = await runOnce(engine, valueProgram(differentiable), given);
    expect(relativeDistance(y!, array(output))).toBeLessThan(1e-6);
    const found = await runOnce(engine, gradientOf(differentiable, output.shape), {
      ...given,
      weight: array(weight),
    });
    for (const [name, numbers] of Object.entries(gradients)) {
      expect(relativeDistance(found[name]!, array(numbers)), name).toBeLessThan(1e-5);
    }
  });

  it("has the gradients that finite differences have", () => expectGradients(differentiable, engines, eager));
});

it("takes the kind that the model says", async () => {
  // A row of mean 1: RMSNorm keeps it, LayerNorm does not.
  const row = { shape: [1, 2], values: [3, -1] };
  const gain = { shape: [2], values: [2, 10] };
  const of = async (norm: "rms" | "layer" | "layer-nonparametric"): Promise<number[]> => {
    const model = { norm, normEps: 1e-12 };
    const { y } = await runBody(eager, { x: row, gain }, (t) => ({
      y: normalise(t["x"]!, normHasGain(model) ? t["gain"] : undefined, model),
    }));
    return [...y!];
  };
  const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 5) as number);
  expect(await of("rms")).toEqual(near([6 / Math.sqrt(5), -10 / Math.sqrt(5)]));
  expect(await of("layer")).toEqual(near([2, -10]));
  expect(await of("layer-nonparametric")).toEqual(near([1, -1]));
});

it("gives rows of mean 0 and mean square 1 without a gain", async () => {
  const { y } = await runBody(eager, { x: normals([50, 8], "x") }, ({ x }) => ({
    y: normalise(x!, undefined, { norm: "layer-nonparametric", normEps: 1e-12 }),
  }));
  for (const row of rowsOf(y!, 8)) {
    expect(row.reduce((a, b) => a + b) / 8).toBeCloseTo(0, 5);
    expect(row.reduce((a, b) => a + b * b, 0) / 8).toBeCloseTo(1, 5);
  }
});

it("refuses a gain that the kind does not have, and its absence where it has one", async () => {
  const with_ = (gain: boolean, norm: "rms" | "layer-nonparametric") =>
    runBody(eager, { x: identity(2), gain: { shape: [2], values: [1, 1] } }, (t) => ({
      y: normalise(t["x"]!, gain ? t["gain"] : undefined, { norm, normEps: 1e-5 }),
    }));
  await expect(with_(true, "layer-nonparametric")).rejects.toThrow("has no gain");
  await expect(with_(false, "rms")).rejects.toThrow("needs a gain");
});
