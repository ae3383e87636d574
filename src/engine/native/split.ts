import { sizeOf, type TensorSpec } from "../../core/axes.ts";
import { type Graph, type GraphNode, specOf } from "../graph.ts";
import { reductionAxes } from "../trace/kernel-rules.ts";

/** Numbers that a sum over all tokens may have for its parts to be kept, one for each sequence. */
const MOST_KEPT = 8192;

/**
 * In how many slices the tokens of a graph are worked on: the sequences of its attention, or of its rotary positions; 1 without.
 */
export function slicesOf(graph: Graph): number {
  const node = graph.nodes.find(({ kernel }) => kernel === "MoeCausalAttention" || kernel === "MoeRotary");
  const [value] = node?.inputs ?? [];
  return value === undefined ? 1 : (specOf(graph, value).shape[0] ?? 1);
}

/**
 * Small sums over all tokens, made of one sum a slice: the slices' can be made while their operands are in the cache, and
 * the total does not depend on which thread made which.
 */
export function splitTokenSums(graph: Graph, slices: number): Graph {
  if (slices < 2) return graph;
  const values: TensorSpec[] = [...graph.values];
  const nodes: GraphNode[] = [];
  const fresh = (shape: readonly number[], like: number): number => {
    values.push({ shape, dtype: specOf(graph, like).dtype });
    return values.length - 1;
  };
  const cut = (value: number, node: GraphNode): number => {
    const [length = 0, ...rest] = specOf(graph, value).shape;
    const shape = [slices, length / slices, ...rest];
    const view = fresh(shape, value);
    nodes.push({
      kernel: "Reshape",
      inputs: [value],
      attrs: { shape },
      outputs: [view],
      scope: node.scope ?? "",
    });
    return view;
  };
  for (const node of graph.nodes) {
    if (isTokenProduct(graph, node, slices)) {
      const [a = -1, b = -1] = node.inputs;
      const [output = -1] = node.outputs;
      const parts = fresh([slices, ...specOf(graph, output).shape], output);
      nodes.push({ ...node, inputs: [cut(a, node), cut(b, node)], outputs: [parts] });
      nodes.push({ ...node, kernel: "Sum", inputs: [parts], attrs: { axis: 0, keepDims: false } });
    } else if (isTokenSum(graph, node, slices)) {
      const [x = -1] = node.inputs;
      const [output = -1] = node.outputs;
      const { shape } = specOf(graph, x);
      const others = reductionAxes(node.attrs, shape.length).filter((axis) => axis !== 0);
      const kept = shape.slice(1).filter((_, axis) => !others.includes(axis + 1));
      const parts = fresh([slices, ...kept], x);
      const count =
        shape.length === 0 ? 1 : [0, ...others].reduce((all, axis) => all * (shape[axis] ?? 1), 1);
      const inner = { axis: [1, ...others.map((axis) => axis + 1)], keepDims: false };
      nodes.push({ ...node, inputs: [cut(x, node)], attrs: inner, outputs: [parts] });
      // A mean of equal parts' means is the mean.
      const kernel = node.kernel === "Mean" && count > 0 ? "Mean" : "Sum";
      nodes.push({
        ...node,
        kernel,
        inputs: [parts],
        attrs: { axis: 0, keepDims: false },
        outputs: [output],
      });
    } else nodes.push(node);
  }
  return { ...graph, values, nodes };
}

/** A^T B over tokens with a small result. */
function isTokenProduct(graph: Graph, node: GraphNode, slices: number): boolean {
  const [a = -1, b = -1] = node.inputs;
  const [output = -1] = node.outputs;
  if (node.kernel !== "BatchMatMul" || node.attrs["transposeA"] !== true || node.attrs["transposeB"] === true)
    return false;
  const { shape } = specOf(graph, a);
  const length = shape[0] ?? 0;
  return (
    shape.length === 2 &&
    specOf(graph, b).shape.length === 2 &&
    length % slices === 0 &&
    length >= 4 * slices &&
    sizeOf(specOf(graph, output).shape) <= MOST_KEPT / 2
  );
}

/** A sum or mean that takes in the first axis. */
function isTokenSum(graph: Graph, node: GraphNode, slices: number): boolean {
  if (node.kernel !== "Sum" && node.kernel !== "Mean") return false;
  const [x = -1] = node.inputs;
  const { shape, dtype } = specOf(graph, x);
  const length = shape[0] ?? 0;
  const axes = reductionAxes(node.attrs, shape.length);
  const [output = -1] = node.outputs;
  return (
    dtype === "float32" &&
    axes.includes(0) &&
    length > slices &&
    length % slices === 0 &&
    sizeOf(shape) >= 16 * slices &&
    sizeOf(specOf(graph, output).shape) <= MOST_KEPT
  );
}
