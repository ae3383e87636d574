import { canonicalJson } from "../../core/json.ts";
import type { Graph } from "../graph.ts";
import { KEEP, rewrite } from "./rewrite.ts";

/** Equal calls on equal inputs are made once. All kernels are pure: noise is an input. */
export function mergeCommonSubexpressions(graph: Graph): Graph {
  const seen = new Map<string, readonly number[]>();
  return rewrite(graph, (node) => {
    const key = `${node.kernel}(${node.inputs.join(",")})${canonicalJson(node.attrs)}`;
    const known = seen.get(key);
    if (known !== undefined && known.length === node.outputs.length) return { kind: "values", values: known };
    seen.set(key, node.outputs);
    return KEEP;
  });
}
