import { expect, it } from "vitest";
import { applyExperts } from "../../src/model/experts.ts";
import dense from "../../src/routers/fixed/dense.ts";
import { normals, rowsOf, runBody } from "../support/bodies.ts";
import { engines } from "../support/engines.ts";
import { tinySettings } from "../support/tiny.ts";

it.each(engines)("on $name is a plain feed-forward network", async (engine) => {
  const [S, D, F] = [6, 4, 5];
  const given = {
    h: normals([S, D], "h"),
    gate: normals([1, D, F], "gate"),
    up: normals([1, D, F], "up"),
    down: normals([1, F, D], "down"),
  };
  const sizes = { B: 2, T: 3, D, E: 1, K: 1, V: 5, initStd: 0.02 };
  const { y } = await runBody(engine, given, ({ h, gate, up, down }) => {
    const { assignment } = dense.route(
      { x: h!, tokens: h!, mode: "train", parameters: {}, state: {}, noise: {}, carry: {} },
      sizes,
      {},
    );
    return { y: applyExperts(h!, assignment, { gate: gate!, up: up!, down: down! }) };
  });
  // SwiGLU, written out: (silu(h Wg) * (h Wu)) Wd.
  const [wGate, wUp] = [rowsOf(given.gate.values, F), rowsOf(given.up.values, F)];
  const wDown = rowsOf(given.down.values, D);
  const wanted = rowsOf(given.h.values, D).flatMap((h) => {
    const hidden = Array.from({ length: F }, (_, f) => {
      const a = h.reduce((sum, value, d) => sum + value * wGate[d]![f]!, 0);
      const b = h.reduce((sum, value, d) => sum + value * wUp[d]![f]!, 0);
      return (a / (1 + Math.exp(-a))) * b;
    });
    return Array.from({ length: D }, (_, d) =>
      hidden.reduce((sum, value, f) => sum + value * wDown[f]![d]!, 0),
    );
  });
  wanted.forEach((value, i) => expect(y![i]).toBeCloseTo(value, 4));
});

it("is refused with more than one expert", () => {
  const { model, data } = tinySettings({});
  expect(dense.problems({}, { ...model, experts: 1, topK: 1 }, data)).toEqual([]);
  expect(dense.problems({}, { ...model, experts: 4, topK: 2 }, data)).toMatchObject([
    { path: "model.experts" },
    { path: "model.topK" },
  ]);
});
