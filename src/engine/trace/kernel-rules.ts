import { type DType, sizeOf, type TensorSpec } from "../../core/axes.ts";
import type { Attributes } from "../graph.ts";

/** How a tfjs kernel's inputs are called (in our order), and what it returns for given inputs. */
export interface KernelRule {
  readonly inputs: readonly string[] | "all";
  readonly outputs: (inputs: readonly TensorSpec[], attrs: Attributes) => TensorSpec[];
}

/** One entry a kernel of tfjs. Adding one here needs its lowering in onnx/lowerings.ts. */
export const kernelRules: Readonly<Record<string, KernelRule>> = {
  // Element-wise, two inputs.
  ...same(
    ["Add", "Sub", "Multiply", "RealDiv", "Maximum", "Minimum", "SquaredDifference", "Pow", "Mod"],
    () => binary(),
  ),
  FloorDiv: binary("int32"), // also of floats
  ...same(
    ["Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual", "LogicalAnd", "LogicalOr"],
    () => binary("bool"),
  ),
  AddN: { inputs: "all", outputs: (inputs) => [at(inputs, 0)] },
  Select: { inputs: ["condition", "t", "e"], outputs: ([, t]) => [need(t)] },
  // Element-wise, one input.
  ...same(["Neg", "Abs", "Square", "Sign", "ClipByValue"], () => unary("x")),
  // On integers, tfjs's backends disagree about these.
  ...floatOnly(["Exp", "Expm1", "Log", "Log1p", "Sqrt", "Rsqrt", "Reciprocal", "Sigmoid", "Tanh"], "x"),
  ...floatOnly(["Relu", "Softplus", "Sin", "Cos", "Erf", "Floor", "Step"], "x"),
  ...floatOnly(["Softmax"], "logits"),
  ...same(["Identity", "ZerosLike", "OnesLike"], () => unary("x")),
  LogicalNot: unary("x", "bool"),
  Cast: {
    inputs: ["x"],
    outputs: ([x], attrs) => [{ shape: need(x).shape, dtype: attrs["dtype"] as DType }],
  },
  // Reductions; tfjs reshapes itself where keepDims is asked for.
  ...same(["Sum", "Max", "Min", "Prod"], () => reduction()),
  Mean: reduction("float32"),
  ...same(["All", "Any"], () => reduction()),
  Cumsum: unary("x"),
  // Layout.
  Reshape: { inputs: ["x"], outputs: ([x], attrs) => [reshape(need(x), ints(attrs, "shape"))] },
  ExpandDims: {
    inputs: ["input"],
    outputs: ([x], attrs) => {
      const { shape, dtype } = need(x);
      const dim = attrs["dim"] as number;
      const axis = dim < 0 ? shape.length + 1 + dim : dim;
      return [{ shape: [...shape.slice(0, axis), 1, ...shape.slice(axis)], dtype }];
    },
  },
  Transpose: {
    inputs: ["x"],
    outputs: ([x], attrs) => [
      { shape: ints(attrs, "perm").map((axis) => at(need(x).shape, axis)), dtype: need(x).dtype },
    ],
  },
  Concat: {
    inputs: "all",
    outputs: (inputs, attrs) => {
      const head = at(inputs, 0);
      const axis = axisOf(attrs["axis"] as number, head.shape.length);
      const total = inputs.reduce((sum, input) => sum + at(input.shape, axis), 0);
      return [
        { shape: head.shape.map((extent, index) => (index === axis ? total : extent)), dtype: head.dtype },
      ];
    },
  },
  Pack: {
    inputs: "all",
    outputs: (inputs, attrs) => {
      const { shape, dtype } = at(inputs, 0);
      const axis = axisOf(attrs["axis"] as number, shape.length + 1);
      return [{ shape: [...shape.slice(0, axis), inputs.length, ...shape.slice(axis)], dtype }];
    },
  },
  Unpack: {
    inputs: ["value"],
    outputs: ([x], attrs) => {
      const { shape, dtype } = need(x);
      const axis = axisOf(attrs["axis"] as number, shape.length);
      const spec = { shape: shape.filter((_, index) => index !== axis), dtype };
      return Array.from({ length: at(shape, axis) }, () => spec);
    },
  },
  SplitV: {
    inputs: ["x"],
    outputs: ([x], attrs) => {
      const { shape, dtype } = need(x);
      const axis = axisOf(attrs["axis"] as number, shape.length);
      return splitSizes(attrs, at(shape, axis)).map((size) => ({
        shape: shape.map((extent, index) => (index === axis ? size : extent)),
        dtype,
      }));
    },
  },
  Slice: {
    inputs: ["x"],
    outputs: ([x], attrs) => {
      const { shape, dtype } = need(x);
      const begin = sliceBegin(attrs, shape.length);
      const size = listOf(attrs["size"]);
      return [
        {
          shape: shape.map((extent, axis) => {
            const given = size[axis] ?? -1; // -1: all that is left
            return given < 0 ? extent - at(begin, axis) : given;
          }),
          dtype,
        },
      ];
    },
  },
  PadV2: {
    inputs: ["x"],
    outputs: ([x], attrs) => {
      const { shape, dtype } = need(x);
      const paddings = attrs["paddings"] as [number, number][];
      return [
        {
          shape: shape.map((extent, axis) => extent + at(at(paddings, axis), 0) + at(at(paddings, axis), 1)),
          dtype,
        },
      ];
    },
  },
  Tile: {
    inputs: ["x"],
    outputs: ([x], attrs) => {
      const { shape, dtype } = need(x);
      return [{ shape: shape.map((extent, axis) => extent * at(ints(attrs, "reps"), axis)), dtype }];
    },
  },
  Fill: {
    inputs: [],
    outputs: (_, attrs) => [
      { shape: ints(attrs, "shape"), dtype: (attrs["dtype"] as DType | undefined) ?? "float32" },
    ],
  },
  // Look-ups.
  GatherV2: {
    inputs: ["x", "indices"],
    outputs: ([x, indices], attrs) => {
      const { shape, dtype } = need(x);
      if ((attrs["batchDims"] ?? 0) !== 0)
        throw new Error("tf.gather with batchDims is not lowered; use takeAlongLast");
      const axis = axisOf(attrs["axis"] as number, shape.length);
      return [{ shape: [...shape.slice(0, axis), ...need(indices).shape, ...shape.slice(axis + 1)], dtype }];
    },
  },
  OneHot: {
    inputs: ["indices"],
    outputs: ([indices], attrs) => [
      {
        shape: [...need(indices).shape, attrs["depth"] as number],
        dtype: (attrs["dtype"] as DType | undefined) ?? "int32",
      },
    ],
  },
  // Products.
  BatchMatMul: {
    inputs: ["a", "b"],
    outputs: ([a, b], attrs) => {
      const left = need(a).shape;
      const right = need(b).shape;
      const rows = at(left, left.length - (attrs["transposeA"] === true ? 1 : 2));
      const columns = at(right, right.length - (attrs["transposeB"] === true ? 2 : 1));
      return [
        { shape: [...broadcast(left.slice(0, -2), right.slice(0, -2)), rows, columns], dtype: "float32" },
      ];
    },
  },
};

/** The shape that two shapes broadcast to. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, index) => {
    const left = a[index - rank + a.length] ?? 1;
    const right = b[index - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new Error(`shapes [${a.join(", ")}] and [${b.join(", ")}] do not broadcast`);
    }
    return left === 1 ? right : left;
  });
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The axes of a reduction, counted from the front; none given means all. */
export function reductionAxes(attrs: Attributes, rank: number): number[] {
  // tfjs calls it reductionIndices for Max alone.
  const axis = (attrs["axis"] ?? attrs["reductionIndices"]) as number | readonly number[] | null | undefined;
  const list = axis === null || axis === undefined ? [] : typeof axis === "number" ? [axis] : [...axis];
  return list.length === 0
    ? Array.from({ length: rank }, (_, index) => index)
    : list.map((one) => axisOf(one, rank));
}

/** Where a Slice begins; tfjs lets trailing axes be left out, and a list of one be a number. */
export function sliceBegin(attrs: Attributes, rank: number): number[] {
  const begin = listOf(attrs["begin"]);
  return Array.from({ length: rank }, (_, axis) => begin[axis] ?? 0);
}

/** The sizes of the pieces of a SplitV. */
export function splitSizes(attrs: Attributes, extent: number): number[] {
  const given = attrs["numOrSizeSplits"] as number | readonly number[];
  if (typeof given === "number") return Array.from({ length: given }, () => extent / given);
  const known = given.reduce((sum, size) => sum + Math.max(size, 0), 0);
  return given.map((size) => (size === -1 ? extent - known : size));
}

function same(names: readonly string[], rule: () => KernelRule): Record<string, KernelRule> {
  return Object.fromEntries(names.map((name) => [name, rule()]));
}

function unary(input: string, dtype?: DType): KernelRule {
  return { inputs: [input], outputs: ([x]) => [{ shape: need(x).shape, dtype: dtype ?? need(x).dtype }] };
}

function floatOnly(names: readonly string[], input: string): Record<string, KernelRule> {
  const rule = (name: string): KernelRule => ({
    inputs: [input],
    outputs: ([x]) => {
      const { shape, dtype } = need(x);
      if (dtype !== "float32")
        throw new Error(`${name} wants a float32 tensor, not ${dtype}: cast it first (tf.cast)`);
      return [{ shape, dtype }];
    },
  });
  return Object.fromEntries(names.map((name) => [name, rule(name)]));
}

function binary(dtype?: DType): KernelRule {
  return {
    inputs: ["a", "b"],
    outputs: ([a, b]) => [{ shape: broadcast(need(a).shape, need(b).shape), dtype: dtype ?? need(a).dtype }],
  };
}

function reduction(result?: DType): KernelRule {
  return {
    inputs: ["x"],
    outputs: ([x], attrs) => {
      const { shape, dtype: given } = need(x);
      const dtype = result ?? given;
      const axes = reductionAxes(attrs, shape.length);
      const keep = attrs["keepDims"] === true;
      const reduced = shape.flatMap((extent, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [extent]));
      return [{ shape: reduced, dtype }];
    },
  };
}

function reshape(x: TensorSpec, wanted: readonly number[]): TensorSpec {
  const known = wanted.reduce((product, extent) => product * (extent === -1 ? 1 : extent), 1);
  return {
    shape: wanted.map((extent) => (extent === -1 ? sizeOf(x.shape) / known : extent)),
    dtype: x.dtype,
  };
}

function ints(attrs: Attributes, name: string): number[] {
  return [...(attrs[name] as readonly number[])];
}

function listOf(value: unknown): readonly number[] {
  return value === undefined ? [] : typeof value === "number" ? [value] : (value as readonly number[]);
}

function need(spec: TensorSpec | undefined): TensorSpec {
  if (spec === undefined) throw new Error("a kernel was called without one of its inputs");
  return spec;
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`no element ${index} in a list of ${list.length}`);
  return item;
}
