import { type Graph, specOf } from "./graph.ts";
import type { HostTensors } from "./types.ts";

/** A graph whose every float value is an output, and how to read what comes out. */
export interface Probe {
  readonly graph: Graph;
  /** The first value, in the order of the calls, that is not finite everywhere; null when all are. */
  readonly firstNonFinite: (results: HostTensors) => string | null;
}

/** Makes a slower graph that shows its intermediate values. */
export function probeGraph(graph: Graph): Probe {
  const places = new Map<string, string>();
  const outputs = new Map<string, number>();
  for (const [index, node] of graph.nodes.entries()) {
    for (const value of node.outputs) {
      const { dtype, shape } = specOf(graph, value);
      if (dtype !== "float32" || graph.constants.has(value)) continue;
      const name = `probe/${value}`;
      outputs.set(name, value);
      const part =
        node.scope === undefined || node.scope === ""
          ? "outside the layers or in the backward pass"
          : `in ${node.scope}`;
      places.set(
        name,
        `${node.kernel} [${shape.join(", ")}] ${part} (call ${index + 1} of ${graph.nodes.length})`,
      );
    }
  }
  return {
    graph: { ...graph, outputs },
    firstNonFinite: (results) => {
      const first = [...places].find(([name]) => results[name]?.some((number) => !Number.isFinite(number)));
      return first?.[1] ?? null;
    },
  };
}
