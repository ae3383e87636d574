import type { TensorSpec } from "../../core/axes.ts";

/** Attribute of an ONNX node. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string };

export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

/** Operators that are ONNX Runtime's own; all others are ONNX's. */
const MICROSOFT: ReadonlySet<string> = new Set(["FusedMatMul", "RotaryEmbedding"]);

/** The domain that an operator is written with. */
export function domainOf(type: string): string {
  return MICROSOFT.has(type) ? "com.microsoft" : "";
}

/**
 * How a value is cut: by the counts in a value [E], into one piece an index of its first axis, or into the blocks of queries that
 * attention works on.
 */
export type Cut = number | "each" | "query-blocks";

/**
 * What a lowering writes with. Values of the graph are numbers; ONNX tensors are names. int32 of the graph is int64
 * in ONNX throughout, since indices must be.
 */
export interface Emitter {
  readonly spec: (value: number) => TensorSpec;
  /** The number of a uniform constant, or undefined. */
  readonly uniform: (value: number) => number | undefined;
  /** ONNX name of a value; a uniform constant comes as a scalar, which broadcasts. */
  readonly use: (value: number) => string;
  /** ONNX name of a value, with its full shape also where it is a uniform constant. */
  readonly useFull: (value: number) => string;
  /**
   * The value cut along its first axis: by `counts` (a value [E]), or one piece an index with "each" (then without that
   * axis). A value made in pieces is not put together and cut again.
   */
  readonly pieces: (value: number, counts: Cut) => readonly string[];
  /** Whether the value exists in pieces by those counts. */
  readonly hasPieces: (value: number, counts: Cut) => boolean;
  /** The counts by which a value exists in pieces, if it does. */
  readonly countsOf: (value: number) => Cut | undefined;
  /** Adds a node with one output and returns its name. A node equal to an earlier one is not written again. */
  readonly node: (type: string, inputs: readonly string[], attributes?: OnnxAttributes) => string;
  /** Adds a node with several outputs. */
  readonly nodes: (
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: OnnxAttributes,
  ) => string[];
  /** An int64 constant; a scalar for a number. */
  readonly ints: (values: readonly number[] | number) => string;
  /** A float32 constant; a scalar for a number. */
  readonly floats: (values: readonly number[] | number, shape?: readonly number[]) => string;
  /** Says which ONNX tensor holds a value. */
  readonly set: (value: number, name: string) => void;
  /**
   * Says that a value is rows of another one, `source[index]`. It is gathered whole or piece by piece, as it is asked
   * for: cutting the index costs less than cutting the rows.
   */
  readonly setGathered: (value: number, source: string, index: number) => void;
  /** Says how a value is made, should anything ask for it as a whole. */
  readonly setLazy: (value: number, make: () => string) => void;
  readonly setPieces: (value: number, counts: Cut, names: readonly string[]) => void;
  /** Says that counts may leave rows at the end to nobody: what is cut by them has no piece there, and is zero there when put together. */
  readonly setPartial: (counts: number) => void;
  readonly isPartial: (counts: number) => boolean;
}
