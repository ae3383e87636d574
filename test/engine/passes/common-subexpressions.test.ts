import { expect, it } from "vitest";
import { mergeCommonSubexpressions } from "../../../src/engine/passes/common-subexpressions.ts";
import { expectSameNumbers, GraphBuilder, nodesOf } from "../../support/graphs.ts";

it("makes equal calls once, also those that become equal on the way", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", [4]);
  const [first, second] = [g.call("Exp", [x], [4]), g.call("Exp", [x], [4])];
  const [a, b] = [g.call("Neg", [first], [4]), g.call("Neg", [second], [4])];
  const halves = [1, 2].map(() =>
    g.calls(
      "SplitV",
      [x],
      [
        { shape: [2], dtype: "float32" },
        { shape: [2], dtype: "float32" },
      ],
      {
        numOrSizeSplits: [2, 2],
        axis: 0,
      },
    ),
  );
  const before = g.graph({
    y: g.call("Add", [a, b], [4]),
    left: halves[0]![0]!,
    right: halves[1]![1]!,
  });
  const after = mergeCommonSubexpressions(before);
  expect(nodesOf(after)).toEqual([
    "%1[4] = Exp(%0[4])",
    "%3[4] = Neg(%1[4])",
    '%5[2], %6[2] = SplitV(%0[4]) {"numOrSizeSplits":[2,2],"axis":0}',
    "%9[4] = Add(%3[4], %3[4])",
  ]);
  await expectSameNumbers(before, after);
});

it("tells calls apart by inputs, their order and every attribute", async () => {
  const g = new GraphBuilder();
  const [x, y] = [g.input("x", [2, 2]), g.input("y", [2, 2])];
  const clip = (clipValueMin: number, clipValueMax: number): number =>
    g.call("ClipByValue", [x], [2, 2], { clipValueMin, clipValueMax });
  const before = g.graph({
    difference: g.call("Sub", [x, y], [2, 2]),
    other: g.call("Sub", [y, x], [2, 2]),
    above: clip(0, Infinity),
    below: clip(-Infinity, 0),
    both: clip(-1, 1),
    product: g.call("BatchMatMul", [x, y], [2, 2], { transposeA: false, transposeB: false }),
    turned: g.call("BatchMatMul", [x, y], [2, 2], { transposeA: true, transposeB: false }),
    minusZero: g.call("Fill", [], [1], { shape: [1], value: -0 }),
    zero: g.call("Fill", [], [1], { shape: [1], value: 0 }),
  });
  const after = mergeCommonSubexpressions(before);
  expect(nodesOf(after)).toEqual(nodesOf(before));
  await expectSameNumbers(before, after);
});
