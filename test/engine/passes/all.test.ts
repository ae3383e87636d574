/** All passes together, on the graph of a real training step. */
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Graph } from "../../../src/engine/graph.ts";
import { optimize, PASSES } from "../../../src/engine/passes/index.ts";
import { trace } from "../../../src/engine/trace/tracer.ts";
import { gradientProgram } from "../../../src/model/programs.ts";
import { modelSpec } from "../../../src/model/spec.ts";
import { shippedRouters } from "../../../src/routers/index.ts";
import { expectSameNumbers, nodesOf } from "../../support/graphs.ts";
import { TINY_V, tinySettings } from "../../support/tiny.ts";

const settings = tinySettings({ router: { name: "linear", options: {} } });
const graph = trace(gradientProgram(modelSpec(settings, shippedRouters.get("linear")!, TINY_V)));

describe.each(Object.entries(PASSES))("the pass %s", (name, pass) => {
  it("has a test of its own", () => {
    expect(existsSync(`test/engine/passes/${name}.test.ts`)).toBe(true);
  });

  it("keeps the graph in order and leaves the one it was given alone", () => {
    const copy = structuredClone(graph);
    const after = pass(graph);
    expect(graph).toEqual(copy);
    expectInOrder(after);
    expect([...after.outputs.keys()]).toEqual([...graph.outputs.keys()]);
    expect(after.nodes.length).toBeLessThanOrEqual(graph.nodes.length);
  });
});

it("together shrink the training step until nothing more is found, and keep its numbers", async () => {
  const after = optimize(graph);
  expectInOrder(after);
  expect(after.nodes.length).toBeLessThan(0.8 * graph.nodes.length);
  expect(nodesOf(optimize(after))).toEqual(nodesOf(after));
  await expectSameNumbers(graph, after);
});

it("can be left out, by name", () => {
  expect(optimize(graph, []).nodes).toEqual(graph.nodes);
  expect(nodesOf(optimize(graph, ["dead-code"]))).toEqual(nodesOf(PASSES["dead-code"]!(graph)));
});

/** Every input of a node is a program input, a constant, or made by an earlier node; every output is made. */
function expectInOrder({ nodes, inputs, outputs, constants }: Graph): void {
  const known = new Set([...inputs.values(), ...constants.keys()]);
  for (const node of nodes) {
    expect(
      node.inputs.filter((value) => !known.has(value)),
      node.kernel,
    ).toEqual([]);
    for (const output of node.outputs) known.add(output);
  }
  expect([...outputs.values()].filter((value) => !known.has(value))).toEqual([]);
}
