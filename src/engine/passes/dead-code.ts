import type { Graph } from "../graph.ts";

/** Drops calls whose results reach no output. */
export function removeDeadCode(graph: Graph): Graph {
  const live = new Set(graph.outputs.values());
  const nodes = [...graph.nodes].reverse().filter((node) => {
    if (!node.outputs.some((output) => live.has(output))) return false;
    for (const input of node.inputs) live.add(input);
    return true;
  });
  return { ...graph, nodes: nodes.reverse() };
}
