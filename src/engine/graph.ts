import { type DType, sizeOf, type TensorSpec } from "../core/axes.ts";

/**
 * The graph: what one run of a program's body does, as a list of kernel calls in order. Nodes name values by number.
 * Immutable; passes make new graphs.
 */
export interface Graph {
  readonly values: readonly TensorSpec[];
  /** Values known at trace time. A uniform one holds a single number whatever its shape. */
  readonly constants: ReadonlyMap<number, Constant>;
  readonly nodes: readonly GraphNode[];
  /** Program inputs and outputs, by name. */
  readonly inputs: ReadonlyMap<string, number>;
  readonly outputs: ReadonlyMap<string, number>;
}

/** One kernel call. */
export interface GraphNode {
  readonly kernel: string;
  readonly inputs: readonly number[];
  readonly attrs: Attributes;
  readonly outputs: readonly number[];
  /** The part of the program that made the call; "" in the backward pass. */
  readonly scope?: string;
}

export type Attributes = Readonly<Record<string, unknown>>;

export type Constant =
  | { readonly kind: "uniform"; readonly value: number }
  | { readonly kind: "array"; readonly data: Float32Array | Int32Array };

/** The value of a constant that is the same number everywhere, or undefined. */
export function uniformOf(graph: Graph, value: number): number | undefined {
  const constant = graph.constants.get(value);
  return constant?.kind === "uniform" ? constant.value : undefined;
}

/** The spec of a value. */
export function specOf(graph: Graph, value: number): TensorSpec {
  const spec = graph.values[value];
  if (spec === undefined) throw new Error(`graph has no value ${value}`);
  return spec;
}

/** Makes a constant; an array of equal numbers becomes uniform. */
export function makeConstant(data: ArrayLike<number>, dtype: DType): Constant {
  const head = data.length === 0 ? undefined : data[0];
  let equal = head !== undefined;
  for (let index = 1; equal && index < data.length; index++) equal = data[index] === head;
  if (head !== undefined && equal) return { kind: "uniform", value: head };
  return { kind: "array", data: dtype === "float32" ? Float32Array.from(data) : Int32Array.from(data) };
}

/** All numbers of a constant of a given shape. */
export function constantData(constant: Constant, shape: readonly number[]): ArrayLike<number> {
  return constant.kind === "array" ? constant.data : new Array<number>(sizeOf(shape)).fill(constant.value);
}

/** For reading a graph: one line a node. */
export function printGraph(graph: Graph): string {
  const show = (value: number): string => {
    const uniform = uniformOf(graph, value);
    if (uniform !== undefined) return String(uniform);
    return `%${value}${graph.constants.has(value) ? "c" : ""}[${specOf(graph, value).shape.join(",")}]`;
  };
  return graph.nodes
    .map((node) => {
      const attrs = Object.keys(node.attrs).length === 0 ? "" : ` ${JSON.stringify(node.attrs)}`;
      return `${node.outputs.map(show).join(", ")} = ${node.kernel}(${node.inputs.map(show).join(", ")})${attrs}`;
    })
    .join("\n");
}
