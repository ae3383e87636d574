import { type Graph, specOf } from "../graph.ts";
import { KEEP, type Replacement, rewrite } from "./rewrite.ts";

/** x * 1, x / 1, x + 0, x - 0, 0 + x, 1 * x and --x become x. Products with 0 stay: they keep NaN visible. */
export function simplifyAlgebra(graph: Graph): Graph {
  return rewrite(graph, (node, context): Replacement => {
    const [a, b] = node.inputs;
    const [output] = node.outputs;
    if (a === undefined || output === undefined) return KEEP;
    const uniform = (value: number): number | undefined => {
      const constant = context.constants.get(value);
      return constant?.kind === "uniform" ? constant.value : undefined;
    };
    const becomes = (value: number): Replacement => {
      const from = specOf(graph, value);
      const to = specOf(graph, output);
      const same =
        from.shape.length === to.shape.length && from.shape.every((extent, i) => extent === to.shape[i]);
      return same && from.dtype === to.dtype ? { kind: "values", values: [value] } : KEEP;
    };
    if (node.kernel === "Neg") {
      const before = context.producer(a);
      const [source] = before?.kernel === "Neg" ? before.inputs : [];
      return source === undefined ? KEEP : becomes(source);
    }
    if (b === undefined) return KEEP;
    switch (node.kernel) {
      case "Multiply":
        return uniform(b) === 1 ? becomes(a) : uniform(a) === 1 ? becomes(b) : KEEP;
      case "RealDiv":
        return uniform(b) === 1 ? becomes(a) : KEEP;
      case "Add":
        return uniform(b) === 0 ? becomes(a) : uniform(a) === 0 ? becomes(b) : KEEP;
      case "Sub":
        return uniform(b) === 0 ? becomes(a) : KEEP;
      default:
        return KEEP;
    }
  });
}
