import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Tfjs } from "../../src/engine/tf.ts";
import { NAMES } from "../../src/model/programs.ts";
import { localizedFilter } from "../../src/model/localized-filter.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { type Given, logitsProgram, matrix, normals, rowsOf, runBody } from "../support/bodies.ts";
import { compiled, eager, engines } from "../support/engines.ts";
import { expectGradients, gradientOf, valueProgram } from "../support/gradients.ts";
import { runOnce } from "../support/graphs.ts";
import { routerCases } from "../support/router-cases.ts";
import { programFeeds, relativeDistance, TINY_V, tinySettings } from "../support/tiny.ts";

const model = { norm: "rms", normEps: 1e-5 } as const;

/**
 * D = 2, one sequence of three tokens h_0 = [1, 0], h_1 = [0, 2], h_2 = [3, 1]. conv1 to one channel: 1 * (predecessor's first)
 * + 10 * (own second): c = [0, 1 + 20, 0 + 10] = [0, 21, 10]. conv2 back to two: [predecessor, 2 * own] of that channel:
 * [[0, 0], [0, 42], [21, 20]]. h + conv2 = [[1, 0], [0, 44], [24, 21]], then RMSNorm with gain [1, 2].
 */
it("is two causal convolutions of kernel 2, a residual and a norm", async () => {
  const given = {
    h: matrix([
      [1, 0],
      [0, 2],
      [3, 1],
    ]),
    first: matrix([[1], [0], [0], [10]]),
    second: matrix([
      [1, 0],
      [0, 2],
    ]),
    gain: { shape: [2], values: [1, 2] },
  };
  const sums = [
    [1, 0],
    [0, 44],
    [24, 21],
  ];
  const wanted = sums.flatMap(([a = 0, b = 0]) => {
    const rms = Math.sqrt((a * a + b * b) / 2);
    return [a / rms, (2 * b) / rms];
  });
  for (const engine of engines) {
    const { u } = await runBody(engine, given, ({ h, first, second, gain }) => ({
      u: localizedFilter(
        h!,
        { first: first!, second: second!, norm: gain },
        { ...model, normEps: 1e-12 },
        { B: 1, T: 3 },
      ),
    }));
    wanted.forEach((value, i) => expect(u![i], `${engine.name}: ${i}`).toBeCloseTo(value, 5));
  }
});

interface Numbers {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** The published form in PyTorch, two Conv2d (test/fixtures/torch/make_filter.py). */
const torch = (
  JSON.parse(readFileSync("test/fixtures/torch/filter.json", "utf8")) as {
    filter: {
      inputs: Record<"h" | "conv1" | "conv2" | "gain", Numbers>;
      gradients: Record<"h" | "conv1" | "conv2" | "gain", Numbers>;
      weight: Numbers;
      output: Numbers;
    };
  }
).filter;

/** A Conv2d weight [out, in, 2, 1] as our matrix [2 in, out]: the predecessor's rows first. */
function fromConvolution({ shape, values }: Numbers): Given {
  const [outs = 0, ins = 0] = shape;
  const at = (out: number, into: number, tap: number): number => values[(out * ins + into) * 2 + tap]!;
  return matrix(
    Array.from({ length: 2 * ins }, (_, row) =>
      Array.from({ length: outs }, (__, out) => at(out, row % ins, row < ins ? 0 : 1)),
    ),
  );
}

const [B = 0, T = 0, D = 0] = torch.inputs.h.shape;
const differentiable = {
  variables: { h: [B * T, D], first: [2 * D, D / 2], second: [D, D], gain: [D] },
  body: ({ h, first, second, gain }: Record<string, Tfjs.Tensor>) =>
    localizedFilter(h!, { first: first!, second: second!, norm: gain }, model, { B, T }),
};

it.each(engines)(
  "is the published convolutions in PyTorch, with their gradients, on $name",
  async (engine) => {
    const values = (given: { values: ArrayLike<number> }): Float32Array => Float32Array.from(given.values);
    const arrays = ({ h, conv1, conv2, gain }: typeof torch.inputs) => ({
      h: values(h),
      first: values(fromConvolution(conv1)),
      second: values(fromConvolution(conv2)),
      gain: values(gain),
    });
    const { y } = await runOnce(engine, valueProgram(differentiable), arrays(torch.inputs));
    expect(relativeDistance(y!, values(torch.output))).toBeLessThan(1e-6);
    const found = await runOnce(engine, gradientOf(differentiable, [B * T, D]), {
      ...arrays(torch.inputs),
      weight: values(torch.weight),
    });
    for (const [name, gradient] of Object.entries(arrays(torch.gradients))) {
      expect(relativeDistance(found[name]!, gradient), name).toBeLessThan(1e-5);
    }
  },
);

it("has the gradients that finite differences have", () => expectGradients(differentiable, engines, eager));

it("sees itself and the two tokens before, in its own sequence only", async () => {
  const sizes = { B: 2, T: 5 };
  const given = {
    h: normals([10, 4], "h"),
    first: normals([8, 2], "first"),
    second: normals([4, 4], "second"),
    gain: { shape: [4], values: [1, 1, 1, 1] },
  };
  const run = async (h: Given): Promise<number[][]> => {
    const { u } = await runBody(compiled, { ...given, h }, (t) => ({
      u: localizedFilter(
        t["h"]!,
        { first: t["first"]!, second: t["second"]!, norm: t["gain"] },
        model,
        sizes,
      ),
    }));
    return rowsOf(u!, 4);
  };
  const before = await run(given.h);
  for (let changed = 0; changed < 10; changed++) {
    const values = Array.from(given.h.values);
    for (let d = 0; d < 4; d++) values[4 * changed + d] = values[4 * changed + d]! + 1;
    const after = await run({ ...given.h, values });
    const moved = after.flatMap((row, s) =>
      row.some((value, d) => Math.abs(value - before[s]![d]!) > 1e-4) ? [s] : [],
    );
    const end = changed < 5 ? 5 : 10; // of its sequence
    expect(moved, `token ${changed}`).toEqual([0, 1, 2].map((i) => changed + i).filter((s) => s < end));
  }
});

it("a whole model with it sees no later token, and no other sequence on either side", async () => {
  const { router, options } = routerCases.find(({ name }) => name === "linear {}")!;
  const settings = tinySettings({
    router: { name: router.name, options },
    model: { localizedFiltering: true },
    data: { batchSequences: 3, sequenceLength: 6 },
  });
  const program = logitsProgram(modelSpec(settings, router, TINY_V), "eval");
  const executable = await compiled.compile(program);
  const tokens = Int32Array.from({ length: 18 }, (_, i) => (5 * i) % TINY_V);
  const logits = async (ids: Int32Array): Promise<number[][]> => {
    const feeds = programFeeds(program, modelSpec(settings, router, TINY_V), 1);
    return rowsOf((await executable.run({ ...feeds, [NAMES.inputs]: ids }))["logits"]!, TINY_V);
  };
  const before = await logits(tokens);
  for (const changed of [6, 8, 11]) {
    const after = await logits(tokens.map((id, i) => (i === changed ? (id + 1) % TINY_V : id)));
    const moved = after.map((row, s) => Math.max(...row.map((value, v) => Math.abs(value - before[s]![v]!))));
    moved.forEach((most, s) => {
      const mayMove = s >= changed && s < 12;
      if (!mayMove) expect(most, `token ${changed} on ${s}`).toBeLessThan(1e-5);
    });
    expect(moved[changed]).toBeGreaterThan(1e-3);
  }
  await executable.dispose();
});

it("feeds queries and keys, not values: with equal scores it changes nothing", async () => {
  const { router, options } = routerCases.find(({ name }) => name === "linear {}")!;
  const run = async (localizedFiltering: boolean, queries: number): Promise<Float32Array> => {
    const settings = tinySettings({ router: { name: router.name, options }, model: { localizedFiltering } });
    const program = logitsProgram(modelSpec(settings, router, TINY_V), "eval");
    const wide = tinySettings({
      router: { name: router.name, options },
      model: { localizedFiltering: true },
    });
    const all = logitsProgram(modelSpec(wide, router, TINY_V), "eval");
    const feeds = { ...programFeeds(all, modelSpec(wide, router, TINY_V), 1) };
    for (const name of Object.keys(feeds)) {
      if (name.endsWith(".query")) feeds[name] = feeds[name]!.map((value) => queries * value);
    }
    const executable = await compiled.compile(program);
    const { logits } = await executable.run(feeds);
    await executable.dispose();
    return logits as Float32Array;
  };
  expect(relativeDistance(await run(true, 0), await run(false, 0))).toBeLessThan(1e-6);
  expect(relativeDistance(await run(true, 1), await run(false, 1))).toBeGreaterThan(1e-3);
});
