import { describe, expect, it } from "vitest";
import attentionStatic from "../../src/routers/attention/attention-static.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { identity, matrix, normals, route, rowsOf } from "../support/bodies.ts";
import { eager, engines } from "../support/engines.ts";

const { exp, sqrt } = Math;
const sizes = { B: 1, T: 2, D: 2, E: 3, K: 2, V: 5, initStd: 0.02 };
const OPTIONS = { initScale: 1 };

/**
 * C = [[1, 0, 2], [0, 1, 0], [-1, 1, 1]]. Token 0 has v = [1, 2, 3]: P = [1 + 6, 2, -1 + 2 + 3] = [7, 2, 4].
 * Token 1 has v = [0, 1, -1]: P = [-2, 1, 0].
 */
const weights = {
  correlation: matrix([
    [1, 0, 2],
    [0, 1, 0],
    [-1, 1, 1],
  ]),
  value: matrix([
    [1, 2, 3],
    [0, 1, -1],
  ]),
};
const SCORES = [7, 2, 4, -2, 1, 0];

describe.each(engines)("attention-static on $name", (engine) => {
  it("mixes the values of all experts by one matrix for all tokens", async () => {
    const found = await route(engine, attentionStatic, sizes, OPTIONS, "train", {
      x: identity(2),
      ...weights,
    });
    SCORES.forEach((p, i) => expect(found["logits"]![i]).toBeCloseTo(p, 5));
    expect(rowsOf(found["expert"]!, 2)).toEqual([
      [0, 2],
      [1, 2],
    ]);
    const first = [1 / (1 + exp(-3)), 1 / (1 + exp(-1))];
    first.forEach((gate, s) => expect(found["gate"]![2 * s]).toBeCloseTo(gate, 5));
  });
});

it("is a linear router whose weight is value C^T", async () => {
  const large = { B: 2, T: 20, D: 6, E: 5, K: 2, V: 5, initStd: 0.02 };
  const [x, value, correlation] = [normals([40, 6], "x"), normals([6, 5], "v"), normals([5, 5], "c")];
  const rows = (given: { values: ArrayLike<number> }, width: number) => rowsOf(given.values, width);
  const product = rows(value, 5).map((v) =>
    rows(correlation, 5).map((c) => c.reduce((sum, one, j) => sum + one * v[j]!, 0)),
  );
  const found = await route(eager, attentionStatic, large, OPTIONS, "eval", { x, value, correlation });
  const same = await route(eager, linear, large, { renormalise: true, frozen: false }, "eval", {
    x,
    weight: matrix(product),
  });
  expect([...found["expert"]!]).toEqual([...same["expert"]!]);
  found["gate"]!.forEach((gate, i) => expect(gate).toBeCloseTo(same["gate"]![i]!, 4));
});

it("starts flat; the matched scale is the root of what is missing, since P grows with its square", () => {
  const given = { B: 1, T: 4, D: 64, E: 8, K: 2, V: 5, initStd: 0.02 };
  const scale = attentionStatic.solved(given, { initScale: "match-linear" })["initScale"]!;
  // P is 0.02 sqrt(8) = 0.0566 times a linear router's logits for an average C, so that m^2 is about 17.7.
  expect(scale).toBeGreaterThan(sqrt(17.7 / 1.5));
  expect(scale).toBeLessThan(sqrt(17.7 * 1.5));
  const { correlation, value } = attentionStatic.parameters(given, { initScale: "match-linear" });
  expect(correlation).toEqual({ shape: [8, 8], std: 0.02 * scale });
  expect(value).toEqual({ shape: [64, 8], std: 0.02 * scale });
  expect(attentionStatic.solved(given, OPTIONS)).toEqual({});
});
