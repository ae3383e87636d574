import { describe, expect, it } from "vitest";
import attentionNoKey from "../../src/routers/attention/attention-no-key.ts";
import { identity, matrix, meanSpread, normals, route, rowsOf } from "../support/bodies.ts";
import { eager, engines } from "../support/engines.ts";

const { log, exp } = Math;
const sizes = { B: 1, T: 2, D: 2, E: 3, K: 2, V: 5, initStd: 0.02 };
const OPTIONS = { initScale: 1 };

/**
 * Token 0 has q = [0, ln 2, 0], softmax [1, 2, 1] / 4, v = [4, 3, -8]: P = [1, 3/2, -2].
 * Token 1 has q = [ln 3, 0, 0], softmax [3, 1, 1] / 5, v = [0, 5, 10]: P = [0, 1, 2].
 */
const weights = {
  query: matrix([
    [0, log(2), 0],
    [log(3), 0, 0],
  ]),
  value: matrix([
    [4, 3, -8],
    [0, 5, 10],
  ]),
};
const SCORES = [1, 1.5, -2, 0, 1, 2];

describe.each(engines)("attention-no-key on $name", (engine) => {
  it("weighs each expert's value by its own share of the softmax over queries", async () => {
    const found = await route(engine, attentionNoKey, sizes, OPTIONS, "train", {
      x: identity(2),
      ...weights,
    });
    SCORES.forEach((p, i) => expect(found["logits"]![i]).toBeCloseTo(p, 5));
    expect(rowsOf(found["expert"]!, 2)).toEqual([
      [1, 0],
      [2, 1],
    ]);
    const first = [1 / (1 + exp(-0.5)), 1 / (1 + exp(-1))];
    first.forEach((gate, s) => {
      expect(found["gate"]![2 * s]).toBeCloseTo(gate, 5);
      expect(found["gate"]![2 * s + 1]).toBeCloseTo(1 - gate, 5);
    });
    // softmax(P) of token 1 is [1, e, e^2] / (1 + e + e^2).
    const total = 1 + exp(1) + exp(2);
    [1, exp(1), exp(2)].forEach((value, e) => expect(found["probs"]![3 + e]).toBeCloseTo(value / total, 5));
  });
});

it("starts E times flatter than linear, unless the scale is matched", async () => {
  const given = { B: 1, T: 512, D: 64, E: 8, K: 2, V: 5, initStd: 0.02 };
  const x = normals([512, 64], "x");
  const spread = async (scale: number): Promise<number> => {
    const draw = (name: string) => {
      const drawn = normals([64, 8], name);
      return { ...drawn, values: Array.from(drawn.values, (value) => 0.02 * scale * value) };
    };
    const inputs = { x, query: draw("query"), value: draw("value") };
    return meanSpread((await route(eager, attentionNoKey, given, OPTIONS, "eval", inputs))["logits"]!, 8);
  };
  // A linear router's logits at this size: sqrt(64) * 0.02 = 0.16 times sqrt(7/8), nearly (finite draws, rows of x not normalised).
  const linear = 0.16 * Math.sqrt(7 / 8);
  const scale = attentionNoKey.solved(given, { initScale: "match-linear" })["initScale"]!;
  expect((await spread(1)) / linear).toBeGreaterThan(0.9 / 8);
  expect((await spread(1)) / linear).toBeLessThan(1.1 / 8);
  expect((await spread(scale)) / linear).toBeGreaterThan(0.9);
  expect((await spread(scale)) / linear).toBeLessThan(1.1);
  expect(attentionNoKey.parameters(given, { initScale: "match-linear" })).toEqual({
    query: { shape: [64, 8], std: 0.02 * scale },
    value: { shape: [64, 8], std: 0.02 * scale },
  });
  expect(attentionNoKey.solved(given, OPTIONS)).toEqual({});
});
