import { expect, it } from "vitest";
import { removeDeadCode } from "../../../src/engine/passes/dead-code.ts";
import { foldIntoMatMul } from "../../../src/engine/passes/matmul-operands.ts";
import { expectSameNumbers, GraphBuilder, nodesOf } from "../../support/graphs.ts";

const plain = { transposeA: false, transposeB: false };

it("takes transposes of the last two axes into the multiply", async () => {
  const g = new GraphBuilder();
  const [a, b] = [g.input("a", [5, 3, 2]), g.input("b", [5, 4, 3])];
  const ta = g.call("Transpose", [a], [5, 2, 3], { perm: [0, 2, 1] });
  const tb = g.call("Transpose", [b], [5, 3, 4], { perm: [0, 2, 1] });
  const before = g.graph({ y: g.call("BatchMatMul", [ta, tb], [5, 2, 4], plain) });
  const after = removeDeadCode(foldIntoMatMul(before));
  expect(nodesOf(after)).toEqual([
    '%4[5,2,4] = BatchMatMul(%0[5,3,2], %1[5,4,3]) {"transposeA":true,"transposeB":true}',
  ]);
  await expectSameNumbers(before, after);
});

it("turns a transposed operand back", async () => {
  const g = new GraphBuilder();
  const [a, b] = [g.input("a", [2, 4]), g.input("b", [4, 3])];
  const turned = g.call("Transpose", [b], [3, 4], { perm: [1, 0] });
  const attrs = { transposeA: false, transposeB: true };
  const before = g.graph({ y: g.call("BatchMatMul", [a, turned], [2, 3], attrs) });
  const after = removeDeadCode(foldIntoMatMul(before));
  expect(nodesOf(after)).toEqual([
    '%3[2,3] = BatchMatMul(%0[2,4], %1[4,3]) {"transposeA":false,"transposeB":false}',
  ]);
  await expectSameNumbers(before, after);
});

it("takes a scalar factor of the product, on either side, and multiplies factors", async () => {
  const g = new GraphBuilder();
  const [a, b] = [g.input("a", [2, 3]), g.input("b", [3, 4])];
  const product = g.call("BatchMatMul", [a, b], [2, 4], plain);
  const half = g.call("Multiply", [product, g.uniform(0.5)], [2, 4]);
  const before = g.graph({ y: g.call("Multiply", [g.uniform(3, [2, 4]), half], [2, 4]) });
  const after = removeDeadCode(foldIntoMatMul(before));
  expect(nodesOf(after)).toEqual([
    '%6[2,4] = BatchMatMul(%0[2,3], %1[3,4]) {"transposeA":false,"transposeB":false,"alpha":1.5}',
  ]);
  await expectSameNumbers(before, after);
});

it("leaves other transposes, factors that spread the product, and products that are used elsewhere", async () => {
  const g = new GraphBuilder();
  const [a, b, c] = [g.input("a", [2, 3, 4]), g.input("b", [1, 2]), g.input("c", [2, 4])];
  const front = g.call("Transpose", [a], [3, 2, 4], { perm: [1, 0, 2] });
  const row = g.call("BatchMatMul", [b, c], [1, 4], plain);
  const shared = g.call("BatchMatMul", [c, c], [2, 2], { transposeA: false, transposeB: true });
  const varied = g.call("BatchMatMul", [b, c], [1, 4], plain);
  const before = g.graph({
    turned: g.call("BatchMatMul", [front, front], [3, 2, 2], { transposeA: false, transposeB: true }),
    spread: g.call("Multiply", [row, g.uniform(2, [3, 4])], [3, 4]),
    shared,
    scaled: g.call("Multiply", [shared, g.uniform(2)], [2, 2]),
    varied: g.call("Multiply", [varied, g.input("factor", [])], [1, 4]),
  });
  const after = foldIntoMatMul(before);
  expect(nodesOf(after)).toEqual(nodesOf(before));
  await expectSameNumbers(before, after);
});
