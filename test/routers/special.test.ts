/** Routers that give something out themselves, and relatives of the attention router: zero-experts, attention-heads. */
import { describe, expect, it } from "vitest";
import { evaluationProgram, NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import attentionHeads from "../../src/routers/attention/attention-heads.ts";
import attention from "../../src/routers/attention/attention.ts";
import zeroExperts from "../../src/routers/capacity/zero-experts.ts";
import recurrent from "../../src/routers/softmax/recurrent.ts";
import { matrix, normals, route } from "../support/bodies.ts";
import { compiled, eager, engines } from "../support/engines.ts";
import { programFeeds, TINY_V, tinySettings, withRoute } from "../support/tiny.ts";

const { log } = Math;

function close(found: ArrayLike<number> | undefined, wanted: readonly number[]): void {
  expect(found?.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(found?.[i], `number ${i}`).toBeCloseTo(value, 5));
}

describe.each(engines)("zero-experts on $name", (engine) => {
  const sizes = { B: 1, T: 3, D: 2, E: 2, K: 2, V: 5, initStd: 0.02 };
  // Scores of two experts, zero, copy, constant, in tenths.
  const tenths = [
    [1, 2, 4, 2, 1], // zero, expert 1 (before copy, a tie): 0.4, 0.2
    [1, 1, 1, 3, 4], // constant and copy: 0.4, 0.3
    [3, 4, 1, 1, 1], // both experts
  ];
  const x = [
    [1, 0],
    [0, 1],
    [1, 1],
  ];
  const rows = tenths.slice(0, 2).map((row) => row.map((p) => log(p)));
  const given = {
    x: matrix(x),
    weight: matrix(rows.map((row) => row.slice(0, 2))),
    special_weight: matrix(rows.map((row) => row.slice(2))),
    constant: matrix([[10, 20]]),
    // Token 0 has shares (3, 1)/4 of itself and the vector, token 1 (1, 4)/5.
    mix: matrix([
      [log(3), 0],
      [0, log(4)],
    ]),
  };

  it("gives out what special experts that are chosen do, and leaves real ones out for them", async () => {
    const found = await route(engine, zeroExperts, sizes, { zero: 1, copy: 1, constant: 1 }, "train", given);
    // Token 2's scores are products: 1, 2, 4, 6, 4 of 17: copy and, before the constant one, zero.
    close(found["gate"], [0, 0.2, 0, 0, 0, 0]);
    const ofConstant = [0.4 * 0.8 * 10, 0.4 * (0.2 * 1 + 0.8 * 20)];
    close(found["output"], [0, 0, 0 + ofConstant[0]!, 0.3 * 1 + ofConstant[1]!, 6 / 17, 6 / 17]);
    close(found["probs"]!.subarray(0, 2), [1 / 3, 2 / 3]);
  });

  it("has no output with zero experts alone", async () => {
    const options = { zero: 3, copy: 0, constant: 0 };
    const found = await route(engine, zeroExperts, sizes, options, "train", given);
    expect(found["output"]).toBeUndefined();
    close(found["gate"], [0, 0.2, 0, 0, 0, 0]);
  });
});

it("what a router gives out is added to what its experts do", async () => {
  const settings = tinySettings({ router: { name: "linear" } });
  const spec = modelSpec(settings, zeroExperts, TINY_V);
  const run = async (scale: number): Promise<number> => {
    const silent: typeof spec.router.route = (input) => {
      const { output, ...routing } = spec.router.route(input);
      return { ...routing, ...(output !== undefined && { output: output.mul(scale) }) };
    };
    const program = evaluationProgram(withRoute(spec, silent), "eval");
    const executable = await compiled.compile(program);
    const outputs = await executable.run(programFeeds(program, spec, 2));
    await executable.dispose();
    return outputs[NAMES.loss]![0]!;
  };
  const [without, half, whole] = [await run(0), await run(0.5), await run(1)];
  expect(Math.abs(half - without)).toBeGreaterThan(1e-4);
  expect(Math.abs(whole - half)).toBeGreaterThan(1e-4);
});

/** What is routed by, in each layer, of a model whose router hands on `gives` more than it got. */
async function carried(gives: number): Promise<readonly number[]> {
  const got: number[] = [];
  const settings = tinySettings({ router: { name: "linear" }, model: { layers: 3 } });
  const spec = modelSpec(settings, recurrent, TINY_V);
  const route: typeof spec.router.route = (input) => {
    got.push(input.carry["hidden"]!.mean().dataSync()[0]!);
    return { ...spec.router.route(input), carry: { hidden: input.carry["hidden"]!.add(gives) } };
  };
  const program = evaluationProgram(withRoute(spec, route), "eval");
  await (await eager.compile(program)).run(programFeeds(program, spec, 2));
  return got;
}

it("a router gets what that of the layer below handed on, the first one zeros", async () => {
  expect(await carried(2)).toEqual([0, 2, 4]);
});

it.each(engines)(
  "recurrent on $name: a gated recurrent unit of the token and what came from below",
  async (engine) => {
    const sizes = { B: 1, T: 1, D: 1, E: 2, K: 1, V: 5, initStd: 0.02 };
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    const found = await route(engine, recurrent, sizes, { hidden: 1, renormalise: false }, "train", {
      x: matrix([[2]]),
      project: matrix([[0.5]]), // x' = 1
      input: matrix([[0.3, -1, 0.7]]),
      recurrent: matrix([[1, 2, -1]]),
      start: { shape: [1], values: [0.1] },
      hidden: matrix([[0.4]]), // h = 0.5 with the start
      weight: matrix([[1, -1]]),
    });
    const [r, z] = [sigmoid(0.3 + 0.5), sigmoid(-1 + 1)];
    const h = (1 - z) * Math.tanh(0.7 - r * 0.5) + z * 0.5;
    close(found["carry/hidden"], [h]);
    close(found["logits"], [h, -h]);
    close(found["gate"], [sigmoid(2 * h)]);
    // By hand: r = 0.690, z = 0.5, tanh(0.355) = 0.341, h = 0.42.
    expect(h).toBeCloseTo(0.42, 2);
  },
);

describe.each(engines)("attention-heads on $name", (engine) => {
  const sizes = { B: 1, T: 5, D: 3, E: 4, K: 2, V: 5, initStd: 0.02 };
  const x = normals([5, 3], "x");
  const [query, key, value] = ["query", "key", "value"].map((name) => normals([3, 4], name));

  it("is the attention router with one head of one number", async () => {
    const plain = await route(engine, attention, sizes, { initScale: 1, temperature: 1 }, "train", {
      x,
      query: query!,
      key: key!,
      value: value!,
    });
    const options = { heads: 1, dimension: 1, scaled: true, symmetric: false };
    const found = await route(engine, attentionHeads, sizes, options, "train", {
      x,
      query: { ...query!, shape: [3, 1, 1, 4] },
      key: { ...key!, shape: [3, 1, 1, 4] },
      value: { ...value!, shape: [3, 1, 4] },
    });
    expect([...found["expert"]!]).toEqual([...plain["expert"]!]);
    for (const name of ["gate", "logits", "matrices/correlation"]) close(found[name], [...plain[name]!]);
  });

  it("averages heads, and divides products by the root of their dimension", async () => {
    // One token, x = 1. Head 0 has queries (0, 0), so even weights: the mean of its values, 3. Head 1, with vectors of four: q_i . k_j = 2 ln 3
    // for i = j = 0, halved, against 0: weights 3/4 and 1/4 for expert 0, even ones for expert 1.
    const one = { B: 1, T: 1, D: 1, E: 2, K: 2, V: 5, initStd: 0.02 };
    const heads = (rows: readonly (readonly number[])[]) => ({ shape: [1, 2, 4, 2], values: rows.flat() });
    const zeros = [0, 0];
    const found = await route(
      engine,
      attentionHeads,
      one,
      { heads: 2, dimension: 4, scaled: true, symmetric: false },
      "train",
      {
        x: matrix([[1]]),
        query: heads([zeros, zeros, zeros, zeros, [1, 0], [1, 0], zeros, zeros]),
        key: heads([zeros, zeros, zeros, zeros, [log(3), 0], [log(3), 0], zeros, zeros]),
        value: { shape: [1, 2, 2], values: [2, 4, 8, 0] },
      },
    );
    close(found["logits"], [(3 + 6) / 2, (3 + 4) / 2]);
    close(found["matrices/correlation"], [(0.5 + 0.75) / 2, (0.5 + 0.25) / 2, 0.5, 0.5]);
  });
});
