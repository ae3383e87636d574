import { expect, it } from "vitest";
import { summariseProfile } from "../../bench/profile.mjs";

const float = (...shapes: number[][]): Record<string, number[]>[] =>
  shapes.map((shape) => ({ float: shape }));
const node = (name: string, op_name: string, dur: number, ...shapes: number[][]) => ({
  cat: "Node",
  name: `${name}_kernel_time`,
  dur,
  args: { op_name, input_type_shape: float(...shapes) },
});
const run = (dur: number) => ({ cat: "Session", name: "model_run", dur, args: {} });

/** Three runs; the first, which warms up, took ten times as long. */
const events = [1, 0.1, 0.1].flatMap((slow) => [
  node("layers.0.attention/MatMul_1", "MatMul", 40_000 * slow, [4, 8], [8, 8]),
  node("layers.1.attention/MatMul_2", "MatMul", 20_000 * slow, [4, 8], [8, 8]),
  node("layers.0.experts/Mul_3", "Mul", 30_000 * slow, [4, 8], [4, 1]),
  node("Concat_4", "Concat", 10_000 * slow, [1], [2], [3], [4], [5]),
  run(110_000 * slow),
]);

it("sums what each run takes, without those that warm up", () => {
  const found = summariseProfile(events, { skip: 1, top: 2 });
  expect(found).toMatchObject({ profiled_steps: 2, graph_ms: 11, nodes_ms: 10 });
  expect(found.operators).toEqual([
    { name: "MatMul", ms: 6, share: 0.6, calls: 2 },
    { name: "Mul", ms: 3, share: 0.3, calls: 1 },
    { name: "Concat", ms: 1, share: 0.1, calls: 1 },
  ]);
});

it("puts the layers' parts together", () => {
  const { parts } = summariseProfile(events, { skip: 1, top: 2 });
  expect(parts.map(({ name, ms }) => [name, ms])).toEqual([
    ["attention", 6],
    ["experts", 3],
    ["elsewhere", 1],
  ]);
});

it("does not take fused names of unnamed nodes for a part", () => {
  const fused = [node("MatMul_26/MatmulTransposeFusion/", "FusedMatMul", 5, [2, 2]), run(6)];
  expect(summariseProfile(fused, { skip: 0, top: 1 }).parts.map(({ name }) => name)).toEqual(["elsewhere"]);
});

it("names groups by operator and shapes, the largest only", () => {
  const { groups } = summariseProfile(events, { skip: 1, top: 3 });
  expect(groups.map(({ name }) => name)).toEqual([
    "MatMul [4,8] [8,8]",
    "Mul [4,8] [4,1]",
    "Concat [1] [2] [3] and 2 more",
  ]);
  expect(summariseProfile(events, { skip: 1, top: 2 }).groups).toHaveLength(2);
});

it("puts all experts into one group, though their rows change from run to run", () => {
  const rows = [
    [3, 5],
    [6, 2],
  ];
  const routed = rows.flatMap(([first = 0, second = 0]) => [
    node("a/MatMul_1", "MatMul", 10, [first, 8], [8, 4]),
    node("a/MatMul_2", "MatMul", 20, [second, 8], [8, 4]),
    run(40),
  ]);
  expect(summariseProfile(routed, { skip: 0, top: 5 }).groups).toEqual([
    { name: "MatMul [n,8] [8,4]", ms: 0.03, share: 1, calls: 2 },
  ]);
});

it("needs a run that is not for warming up", () => {
  expect(() => summariseProfile(events, { skip: 3, top: 1 })).toThrow("3 runs, 3 of them for warming up");
});
