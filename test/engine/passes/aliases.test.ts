import { expect, it } from "vitest";
import { removeAliases } from "../../../src/engine/passes/aliases.ts";
import { expectSameNumbers, GraphBuilder, nodesOf } from "../../support/graphs.ts";

it("takes out calls that change nothing", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", [2, 3]);
  const identity = g.call("Identity", [x], [2, 3]);
  const cast = g.call("Cast", [identity], [2, 3], { dtype: "float32" });
  const reshape = g.call("Reshape", [cast], [2, 3], { shape: [2, 3] });
  const tile = g.call("Tile", [reshape], [2, 3], { reps: [1, 1] });
  const transpose = g.call("Transpose", [tile], [2, 3], { perm: [0, 1] });
  const before = g.graph({ y: g.call("Neg", [transpose], [2, 3]), same: transpose });
  const after = removeAliases(before);
  expect(nodesOf(after)).toEqual(["%6[2,3] = Neg(%0[2,3])"]);
  expect(after.outputs.get("same")).toBe(x);
  await expectSameNumbers(before, after);
});

it("makes one Reshape of several, and none where they lead back", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", [2, 6]);
  const middle = g.call("Reshape", [x], [3, 4], { shape: [3, 4] });
  const there = g.call("ExpandDims", [middle], [3, 1, 4], { dim: 1 });
  const back = g.call("Reshape", [middle], [2, 6], { shape: [2, 6] });
  const before = g.graph({ there, y: g.call("Neg", [back], [2, 6]) });
  const after = removeAliases(before);
  expect(nodesOf(after)).toEqual([
    '%1[3,4] = Reshape(%0[2,6]) {"shape":[3,4]}', // nothing uses it any more
    '%2[3,1,4] = Reshape(%0[2,6]) {"shape":[3,1,4]}',
    "%4[2,6] = Neg(%0[2,6])",
  ]);
  await expectSameNumbers(before, after);
});

it("leaves what changes something, and keeps where a call came from", async () => {
  const g = new GraphBuilder();
  const square = g.input("x", [3, 3]);
  const before = g.graph({
    turned: g.call("Transpose", [square], [3, 3], { perm: [1, 0] }), // same shape, other numbers
    whole: g.call("Cast", [square], [3, 3], { dtype: "int32" }, "int32"),
    long: g.call("Tile", [square], [6, 3], { reps: [2, 1] }),
    flat: g.call("Reshape", [square], [9], { shape: [9] }),
  });
  const after = removeAliases(before);
  expect(nodesOf(after)).toEqual(nodesOf(before));
  await expectSameNumbers(before, after);

  const h = new GraphBuilder();
  const flat = h.call("Reshape", [h.input("x", [2, 3])], [6], { shape: [6] });
  const graph = h.graph({ y: h.call("Reshape", [flat], [3, 2], { shape: [3, 2] }) });
  const scoped = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, scope: "layers.0.router" })) };
  expect(removeAliases(scoped).nodes.at(-1)?.scope).toBe("layers.0.router");
});
