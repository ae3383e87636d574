import { expect, it } from "vitest";
import { foldUniforms } from "../../../src/engine/passes/uniforms.ts";
import { expectSameNumbers, GraphBuilder, nodesOf } from "../../support/graphs.ts";

it("works out what is the same number everywhere", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", [2, 3]);
  const ones = g.call("OnesLike", [x], [2, 3]);
  const third = g.call("RealDiv", [ones, g.uniform(3)], [2, 3]);
  const wide = g.call("Tile", [g.call("Reshape", [third], [6], { shape: [6] })], [12], { reps: [2] });
  const cut = g.call("Slice", [wide], [6], { begin: [3], size: [6] });
  const turned = g.call("Transpose", [g.call("Reshape", [cut], [3, 2], { shape: [3, 2] })], [2, 3], {
    perm: [1, 0],
  });
  const half = g.call("Sqrt", [g.call("Fill", [], [3], { shape: [3], value: 0.25 })], [3]);
  const y = g.call("Multiply", [g.call("Add", [x, turned], [2, 3]), half], [2, 3]);
  const before = g.graph({ y });
  const after = foldUniforms(before);
  const float32Third = Math.fround(1 / 3);
  expect(nodesOf(after)).toEqual([
    `%11[2,3] = Add(%0[2,3], ${float32Third})`,
    "%12[2,3] = Multiply(%11[2,3], 0.5)",
  ]);
  await expectSameNumbers(before, after);
});

it("rounds to float32 after every call, and integers towards zero in a Cast", async () => {
  const g = new GraphBuilder();
  const tenth = g.uniform(Math.fround(0.1), [2]);
  const sum = g.call("Add", [tenth, g.uniform(Math.fround(0.2))], [2]);
  const whole = g.call("Cast", [g.uniform(-2.7, [2])], [2], { dtype: "int32" }, "int32");
  const truth = g.call("Cast", [g.uniform(0.5, [2])], [2], { dtype: "bool" }, "bool");
  const before = g.graph({ sum, whole, truth });
  const after = foldUniforms(before);
  expect(after.nodes).toEqual([]);
  expect(after.constants.get(sum)).toEqual({
    kind: "uniform",
    value: Math.fround(Math.fround(0.1) + Math.fround(0.2)),
  });
  expect(after.constants.get(whole)).toEqual({ kind: "uniform", value: -2 });
  expect(after.constants.get(truth)).toEqual({ kind: "uniform", value: 1 });
  await expectSameNumbers(before, after);
});

it("leaves results that are not finite to the run, and anything with an input", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", [2]);
  const before = g.graph({
    infinite: g.call("RealDiv", [g.uniform(1), g.uniform(0)], []),
    nan: g.call("Sqrt", [g.uniform(-1)], []),
    product: g.call("Multiply", [x, g.uniform(0)], [2]), // NaN in x must stay visible
  });
  const after = foldUniforms(before);
  expect(nodesOf(after)).toEqual(nodesOf(before));
  await expectSameNumbers(before, after);
});
