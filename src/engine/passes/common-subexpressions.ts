import type { Graph } from "../graph.ts";
import { KEEP, rewrite } from "./rewrite.ts";

/** Equal calls on equal inputs are made once. All kernels are pure: noise is an input. */
export function mergeCommonSubexpressions(graph: Graph): Graph {
  const seen = new Map<string, readonly number[]>();
  return rewrite(graph, (node) => {
    const key = `${node.kernel}(${node.inputs.join(",")})${JSON.stringify(node.attrs, exact)}`;
    const known = seen.get(key);
    if (known !== undefined && known.length === node.outputs.length) return { kind: "values", values: known };
    seen.set(key, node.outputs);
    return KEEP;
  });
}

/** Attributes may be infinite or -0, which JSON can't tell from others. */
function exact(_: string, value: unknown): unknown {
  return typeof value !== "number" ? value : Object.is(value, -0) ? "-0" : String(value);
}
