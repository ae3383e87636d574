import { type Graph, type GraphNode, specOf } from "../graph.ts";
import { KEEP, rewrite } from "./rewrite.ts";

/**
 * Lets the multiply do what ONNX Runtime's fused multiply does for nothing: transposed operands (the last two axes
 * swapped) and a scalar factor of the product.
 */
export function foldIntoMatMul(graph: Graph): Graph {
  const uses = new Map<number, number>();
  const count = (value: number): void => void uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const node of graph.nodes) node.inputs.forEach(count);
  for (const value of graph.outputs.values()) count(value);
  return rewrite(graph, (node, context) => {
    if (node.kernel === "BatchMatMul") {
      const [a, b] = node.inputs;
      if (a === undefined || b === undefined) return KEEP;
      const left = swapped(graph, context.producer(a));
      const right = swapped(graph, context.producer(b));
      if (left === undefined && right === undefined) return KEEP;
      const flip = (name: string, source: number | undefined): boolean =>
        (node.attrs[name] === true) !== (source !== undefined);
      const attrs = {
        ...node.attrs,
        transposeA: flip("transposeA", left),
        transposeB: flip("transposeB", right),
      };
      return { kind: "node", node: { ...node, inputs: [left ?? a, right ?? b], attrs } };
    }
    if (node.kernel === "Multiply") {
      for (const [product, factor] of [node.inputs, [...node.inputs].reverse()] as const) {
        const made = context.producer(product ?? -1);
        const constant = context.constants.get(factor ?? -1);
        if (made?.kernel !== "BatchMatMul" || constant?.kind !== "uniform" || uses.get(product ?? -1) !== 1)
          continue;
        // A uniform factor may be larger than the product and spread it.
        const [output] = node.outputs;
        if (product === undefined || output === undefined || !sameShape(graph, product, output)) continue;
        const alpha = ((made.attrs["alpha"] as number | undefined) ?? 1) * constant.value;
        return { kind: "node", node: { ...made, attrs: { ...made.attrs, alpha }, outputs: node.outputs } };
      }
    }
    return KEEP;
  });
}

function sameShape(graph: Graph, a: number, b: number): boolean {
  return specOf(graph, a).shape.join() === specOf(graph, b).shape.join();
}

/** The source of a transpose that swaps the last two axes only. */
function swapped(graph: Graph, node: GraphNode | undefined): number | undefined {
  if (node?.kernel !== "Transpose") return undefined;
  const perm = node.attrs["perm"] as readonly number[];
  const rank = perm.length;
  const isSwap = perm.every(
    (axis, i) => axis === (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i),
  );
  const [source] = node.inputs;
  return isSwap && rank >= 2 && source !== undefined && specOf(graph, source).shape.length === rank
    ? source
    : undefined;
}
