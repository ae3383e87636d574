import { expect, it } from "vitest";
import { removeDeadCode } from "../../../src/engine/passes/dead-code.ts";
import { expectSameNumbers, GraphBuilder, nodesOf } from "../../support/graphs.ts";

it("keeps what an output needs, in order, and drops the rest with all that only it needed", async () => {
  const g = new GraphBuilder();
  const [x, unused] = [g.input("x", [4]), g.input("unused", [4])];
  const kept = g.call("Exp", [x], [4]);
  g.call("Neg", [g.call("Square", [unused], [4])], [4]);

  const [left] = g.calls(
    "SplitV",
    [kept],
    [
      { shape: [1], dtype: "float32" },
      { shape: [3], dtype: "float32" },
    ],
    {
      numOrSizeSplits: [1, 3],
      axis: 0,
    },
  ); // one of two outputs is enough
  const before = g.graph({ y: g.call("Add", [x, left!], [4]), copy: x });
  const after = removeDeadCode(before);
  expect(nodesOf(after)).toEqual([
    "%2[4] = Exp(%0[4])",
    '%5[1], %6[3] = SplitV(%2[4]) {"numOrSizeSplits":[1,3],"axis":0}',
    "%7[4] = Add(%0[4], %5[1])",
  ]);
  expect(removeDeadCode(after).nodes).toEqual(after.nodes);
  await expectSameNumbers(before, after);
});
