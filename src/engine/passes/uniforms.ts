import { type Constant, type Graph, type GraphNode, specOf } from "../graph.ts";
import { KEEP, type Replacement, rewrite } from "./rewrite.ts";

const LAYOUT = new Set(["Reshape", "ExpandDims", "Transpose", "Tile", "Identity", "Slice"]);

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Multiply: (a, b) => a * b,
  RealDiv: (a, b) => a / b,
};

const UNARY: Readonly<Record<string, (x: number) => number>> = {
  Neg: (x) => -x,
  Square: (x) => x * x,
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Reciprocal: (x) => 1 / x,
};

/**
 * Works out constants that are one number everywhere (tfjs materialises ones and zeros in every backward pass), so
 * that they stay scalars. Results are rounded to float32 as the operation would.
 */
export function foldUniforms(graph: Graph): Graph {
  return rewrite(graph, (node, context) => {
    const uniform = (index: number): number | undefined => {
      const constant = context.constants.get(node.inputs[index] ?? -1);
      return constant?.kind === "uniform" ? constant.value : undefined;
    };
    const value = evaluate(graph, node, uniform);
    if (value === undefined || !Number.isFinite(value)) return KEEP;
    const [output] = node.outputs;
    if (output === undefined) return KEEP;
    const { dtype } = specOf(graph, output);
    return constantOf(dtype === "float32" ? Math.fround(value) : value);
  });
}

function evaluate(
  graph: Graph,
  node: GraphNode,
  uniform: (index: number) => number | undefined,
): number | undefined {
  if (node.kernel === "ZerosLike") return 0;
  if (node.kernel === "OnesLike") return 1;
  if (node.kernel === "Fill") return node.attrs["value"] as number;
  const a = uniform(0);
  if (a === undefined) return undefined;
  if (LAYOUT.has(node.kernel)) return a;
  if (node.kernel === "Cast") {
    const [output] = node.outputs;
    const dtype = output === undefined ? "float32" : specOf(graph, output).dtype;
    return dtype === "float32" ? a : dtype === "bool" ? Number(a !== 0) : Math.trunc(a);
  }
  const isFloat = specOf(graph, node.inputs[0] ?? -1).dtype === "float32";
  const b = uniform(1);
  if (isFloat && b !== undefined) return BINARY[node.kernel]?.(a, b);
  return isFloat ? UNARY[node.kernel]?.(a) : undefined;
}

function constantOf(value: number): Replacement {
  const constant: Constant = { kind: "uniform", value };
  return { kind: "constant", constant };
}
