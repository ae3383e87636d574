import { expect, it } from "vitest";
import { simplifyAlgebra } from "../../../src/engine/passes/algebra.ts";
import { expectSameNumbers, GraphBuilder, nodesOf } from "../../support/graphs.ts";

it("drops operations with a neutral number", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", [2, 3]);
  const one = g.uniform(1);
  const zero = g.uniform(0, [2, 3]);
  let y = g.call("Multiply", [x, one], [2, 3]);
  y = g.call("Multiply", [one, y], [2, 3]);
  y = g.call("RealDiv", [y, one], [2, 3]);
  y = g.call("Add", [y, zero], [2, 3]);
  y = g.call("Add", [zero, y], [2, 3]);
  y = g.call("Sub", [y, zero], [2, 3]);
  y = g.call("Neg", [g.call("Neg", [y], [2, 3])], [2, 3]);
  const before = g.graph({ y: g.call("Exp", [y], [2, 3]) });
  const after = simplifyAlgebra(before);
  // The inner Neg stays until dead code is removed.
  expect(nodesOf(after)).toEqual(["%9[2,3] = Neg(%0[2,3])", "%11[2,3] = Exp(%0[2,3])"]);
  await expectSameNumbers(before, after);
});

it("leaves what only looks neutral", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", [3]);
  const before = g.graph({
    spread: g.call("Multiply", [x, g.uniform(1, [2, 3])], [2, 3]), // the factor carries the shape
    spreadSum: g.call("Add", [x, g.uniform(0, [2, 3])], [2, 3]),
    inverse: g.call("RealDiv", [g.uniform(1), x], [3]),
    negative: g.call("Sub", [g.uniform(0), x], [3]),
    nothing: g.call("Multiply", [x, g.uniform(0)], [3]), // NaN in x must stay visible
    two: g.call("Multiply", [x, g.uniform(2)], [3]),
    mixed: g.call("Multiply", [x, g.array(Float32Array.of(1, 1, 2), [3])], [3]),
  });
  const after = simplifyAlgebra(before);
  expect(nodesOf(after)).toEqual(nodesOf(before));
  await expectSameNumbers(before, after);
});
