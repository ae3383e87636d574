import { describe, expect, it } from "vitest";
import { costOf } from "../../src/model/cost.ts";
import { modelSpec } from "../../src/model/spec.ts";
import attention from "../../src/routers/attention/attention.ts";
import linearWide from "../../src/routers/softmax/linear-wide.ts";
import { identity, matrix, normals, route, rowsOf } from "../support/bodies.ts";
import { eager, engines } from "../support/engines.ts";
import { tinySettings } from "../support/tiny.ts";

const { exp, sqrt } = Math;
const sizes = { B: 1, T: 2, D: 2, E: 3, K: 2, V: 5, initStd: 0.02 };
const MATCHED = { hidden: "match-attention", activation: "none" };
const silu = (x: number): number => x / (1 + exp(-x));

/** Token 0 has the hidden layer [1, -1], token 1 [2, 0]; experts weigh it by [3, 1], [0, 2] and [1, 0]. */
const weights = {
  hidden: matrix([
    [1, -1],
    [2, 0],
  ]),
  weight: matrix([
    [3, 0, 1],
    [1, 2, 0],
  ]),
};

describe.each(engines)("linear-wide on $name", (engine) => {
  it.each([
    { activation: "none", logits: [3 - 1, -2, 1, 6, 0, 2] },
    {
      activation: "silu",
      logits: [3 * silu(1) + silu(-1), 2 * silu(-1), silu(1), 3 * silu(2), 0, silu(2)],
    },
  ])("activation $activation: two layers, then top-k with a softmax over the chosen", async (one) => {
    const { activation, logits } = one;
    const found = await route(engine, linearWide, sizes, { hidden: 2, activation }, "train", {
      x: identity(2),
      ...weights,
    });
    logits.forEach((logit, i) => expect(found["logits"]![i]).toBeCloseTo(logit, 5));
    expect(rowsOf(found["expert"]!, 2)).toEqual([
      [0, 2],
      [0, 2],
    ]);
    [0, 1].forEach((s) => {
      const lead = logits[3 * s]! - logits[3 * s + 2]!;
      expect(found["gate"]![2 * s]).toBeCloseTo(1 / (1 + exp(-lead)), 5);
    });
    const total = logits.slice(0, 3).reduce((sum, logit) => sum + exp(logit), 0);
    [0, 1, 2].forEach((e) => expect(found["probs"]![e]).toBeCloseTo(exp(logits[e]!) / total, 5));
  });
});

it("has as many parameters as the attention router, to the nearest hidden unit", () => {
  // 3 * 64 * 8 = 1536 = hidden * (64 + 8): 21.3.
  expect(linearWide.solved({ ...sizes, D: 64, E: 8 }, MATCHED)).toEqual({ hidden: 21 });
  expect(linearWide.solved(sizes, { hidden: 7, activation: "none" })).toEqual({});
  const model = { width: 64, heads: 2, experts: 8, expertWidth: 128 };
  const wide = tinySettings({ router: { name: "linear-wide", options: MATCHED }, model });
  const attentive = tinySettings({
    router: { name: "attention", options: { initScale: 1, temperature: 1 } },
    model,
  });
  const [a, b] = [costOf(modelSpec(wide, linearWide, 256)), costOf(modelSpec(attentive, attention, 256))];
  // Equal by the rule of every table: within 1 %.
  for (const key of ["totalParameters", "activeParameters", "forwardFlopsPerToken"] as const) {
    expect(Math.abs(a[key] / b[key] - 1), key).toBeLessThan(0.01);
  }
  expect(a.totalParameters - b.totalParameters).toBe(2 * (21 * 72 - 1536));
});

it("starts as sharp as a linear router, with silu 0.6 times as sharp", async () => {
  const given = { B: 1, T: 512, D: 64, E: 8, K: 2, V: 5, initStd: 0.02 };
  const spread = async (activation: string): Promise<number> => {
    const options = { hidden: 400, activation };
    const drawn = Object.fromEntries(
      Object.entries(linearWide.parameters(given, options)).map(([name, { shape, std }]) => {
        const unit = normals(shape, name);
        return [name, { ...unit, values: Array.from(unit.values, (value) => (std ?? NaN) * value) }];
      }),
    );
    const x = normals([512, 64], "x");
    const { logits } = await route(eager, linearWide, given, options, "eval", { x, ...drawn });
    const squares = Array.from(logits!).reduce((sum, value) => sum + value * value, 0);
    return sqrt(squares / logits!.length);
  };
  // A linear router's logits have the standard deviation sqrt(64) * 0.02 = 0.16. E[silu(z)^2] = 0.3558 for z normal.
  expect((await spread("none")) / 0.16).toBeCloseTo(1, 0.7);
  expect((await spread("silu")) / 0.16 / sqrt(0.3558)).toBeCloseTo(1, 0.7);
});
