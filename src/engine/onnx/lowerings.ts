import type { DType } from "../../core/axes.ts";
import type { GraphNode } from "../graph.ts";
import { needed } from "../ops/define.ts";
import { axisOf, broadcast, reductionAxes, sliceBegin, splitSizes } from "../trace/kernel-rules.ts";
import type { Emitter } from "../ops/emitter.ts";
import { oneHotRows } from "../ops/one-hot.ts";
import { ELEMENT } from "./proto.ts";

/** Writes one kernel call as ONNX nodes. */
export type Lowering = (emitter: Emitter, node: GraphNode) => void;

/** One entry a kernel of tfjs; shapes are in trace/kernel-rules.ts. */
export const lowerings: Readonly<Record<string, Lowering>> = {
  ...elementwise({ Add: "Add", Sub: "Sub", Multiply: "Mul", RealDiv: "Div", Maximum: "Max", Minimum: "Min" }),
  ...elementwise({ Pow: "Pow", LogicalAnd: "And", LogicalOr: "Or", LogicalNot: "Not" }),
  ...elementwise({
    Greater: "Greater",
    GreaterEqual: "GreaterOrEqual",
    Less: "Less",
    LessEqual: "LessOrEqual",
  }),
  ...elementwise({ Equal: "Equal", Neg: "Neg", Abs: "Abs", Exp: "Exp", Log: "Log", Sqrt: "Sqrt" }),
  ...elementwise({
    Reciprocal: "Reciprocal",
    Sigmoid: "Sigmoid",
    Tanh: "Tanh",
    Relu: "Relu",
    Softplus: "Softplus",
  }),
  ...elementwise({ Sign: "Sign", Sin: "Sin", Cos: "Cos", Erf: "Erf", Floor: "Floor" }),
  Identity: (emitter, node) => {
    each((_, inputs) => emitter.node("Identity", inputs))(emitter, node);
    if (emitter.isPartial(input(node, 0))) emitter.setPartial(needed("Identity", 0, node.outputs[0]));
  },
  // ONNX's Sum is for floats alone.
  AddN: each((emitter, inputs, node) =>
    isInt(emitter, node)
      ? inputs.reduce((total, input) => emitter.node("Add", [total, input]))
      : emitter.node("Sum", inputs),
  ),
  Select: each((emitter, inputs, node) => {
    const [condition = "", t = "", e = ""] = inputs;
    if (emitter.spec(input(node, 1)).dtype !== "bool") return emitter.node("Where", inputs);
    const otherwise = emitter.node("And", [emitter.node("Not", [condition]), e]);
    return emitter.node("Or", [emitter.node("And", [condition, t]), otherwise]);
  }),
  Square: each((emitter, [x = ""]) => emitter.node("Mul", [x, x])),
  Rsqrt: each((emitter, inputs) => emitter.node("Reciprocal", [emitter.node("Sqrt", inputs)])),
  Expm1: each((emitter, inputs) => emitter.node("Sub", [emitter.node("Exp", inputs), emitter.floats(1)])),
  Log1p: each((emitter, inputs) =>
    emitter.node("Log", [emitter.node("Add", [...inputs, emitter.floats(1)])]),
  ),
  NotEqual: each((emitter, inputs) => emitter.node("Not", [emitter.node("Equal", inputs)])),
  SquaredDifference: each((emitter, inputs) => {
    const difference = emitter.node("Sub", inputs);
    return emitter.node("Mul", [difference, difference]);
  }),
  // tfjs divides and rounds down; ONNX rounds integers towards zero, so go through float64, which holds them all.
  FloorDiv: each((emitter, inputs) => {
    const numbers = inputs.map((name) => emitter.node("Cast", [name], { to: { int: ELEMENT.float64 } }));
    const quotient = emitter.node("Floor", [emitter.node("Div", numbers)]);
    return emitter.node("Cast", [quotient], { to: { int: ELEMENT.int64 } });
  }),
  // The sign is the divisor's, as in tfjs; ONNX's Mod of floats has the dividend's.
  Mod: each((emitter, inputs, node) => {
    if (isInt(emitter, node)) return emitter.node("Mod", inputs);
    const [, divisor = ""] = inputs;
    const remainder = emitter.node("Mod", inputs, { fmod: { int: 1 } });
    const shifted = emitter.node("Add", [remainder, divisor]);
    return emitter.node("Mod", [shifted, divisor], { fmod: { int: 1 } });
  }),
  // 1 above zero, else alpha.
  Step: each((emitter, inputs, node) => {
    const isPositive = emitter.node("Greater", [...inputs, emitter.floats(0)]);
    const alpha = emitter.floats((node.attrs["alpha"] as number | undefined) ?? 0);
    return emitter.node("Where", [isPositive, emitter.floats(1), alpha]);
  }),
  ClipByValue: each((emitter, inputs, node) => {
    const limits = [node.attrs["clipValueMin"] as number, node.attrs["clipValueMax"] as number];
    const write = isInt(emitter, node) ? emitter.ints : emitter.floats;
    return emitter.node("Clip", [...inputs, ...limits.map((limit) => write(limit))]);
  }),
  Cast: each((emitter, inputs, node) =>
    emitter.node("Cast", inputs, { to: { int: elementType(node.attrs["dtype"] as DType) } }),
  ),
  Softmax: each((emitter, inputs) => emitter.node("Softmax", inputs, { axis: { int: -1 } })),
  ZerosLike: (emitter, node) => fill(emitter, node, 0),
  OnesLike: (emitter, node) => fill(emitter, node, 1),
  Fill: (emitter, node) => fill(emitter, node, node.attrs["value"] as number),
  Sum: reduce("ReduceSum"),
  Mean: (emitter, node) => {
    const x = input(node, 0);
    const floats =
      emitter.spec(x).dtype === "float32"
        ? emitter.useFull(x)
        : emitter.node("Cast", [emitter.useFull(x)], { to: { int: ELEMENT.float32 } });
    const axes = emitter.ints(reductionAxes(node.attrs, rank(emitter, x)));
    setOutput(emitter, node, emitter.node("ReduceMean", [floats, axes], { keepdims: keepDims(node) }));
  },
  Max: reduce("ReduceMax"),
  Min: reduce("ReduceMin"),
  Prod: reduce("ReduceProd"),
  Any: reduceBool("ReduceMax"),
  All: reduceBool("ReduceMin"),
  Cumsum: (emitter, node) => {
    const x = input(node, 0);
    const axis = axisOf(node.attrs["axis"] as number, rank(emitter, x));
    const name = emitter.node("CumSum", [emitter.useFull(x), emitter.ints(axis)], {
      exclusive: { int: node.attrs["exclusive"] === true ? 1 : 0 },
      reverse: { int: node.attrs["reverse"] === true ? 1 : 0 },
    });
    setOutput(emitter, node, name);
  },
  Reshape: reshape,
  ExpandDims: reshape,
  Transpose: (emitter, node) => {
    const perm = { ints: node.attrs["perm"] as readonly number[] };
    setOutput(emitter, node, emitter.node("Transpose", [emitter.useFull(input(node, 0))], { perm }));
  },
  Concat: (emitter, node) => {
    const parts = node.inputs.map((value) => emitter.useFull(value));
    const axis = { int: node.attrs["axis"] as number };
    setOutput(emitter, node, emitter.node("Concat", parts, { axis }));
  },
  Pack: (emitter, node) => {
    const axis = emitter.ints([node.attrs["axis"] as number]);
    const parts = node.inputs.map((value) => emitter.node("Unsqueeze", [emitter.useFull(value), axis]));
    const joined = emitter.node("Concat", parts, { axis: { int: node.attrs["axis"] as number } });
    setOutput(emitter, node, joined);
  },
  Unpack: (emitter, node) => {
    const x = emitter.useFull(input(node, 0));
    const axis = node.attrs["axis"] as number;
    node.outputs.forEach((value, index) =>
      emitter.set(value, emitter.node("Gather", [x, emitter.ints(index)], { axis: { int: axis } })),
    );
  },
  SplitV: (emitter, node) => {
    const x = input(node, 0);
    const { shape } = emitter.spec(x);
    const axis = axisOf(node.attrs["axis"] as number, shape.length);
    const sizes = emitter.ints(splitSizes(node.attrs, needed("SplitV", "axis", shape[axis])));
    const parts = emitter.nodes("Split", [emitter.useFull(x), sizes], node.outputs.length, {
      axis: { int: axis },
    });
    node.outputs.forEach((value, index) => emitter.set(value, needed("SplitV", index, parts[index])));
  },
  Slice: (emitter, node) => {
    const { shape } = emitter.spec(needed("Slice", "output", node.outputs[0]));
    const begin = sliceBegin(node.attrs, shape.length);
    const name = emitter.node("Slice", [
      emitter.useFull(input(node, 0)),
      emitter.ints(begin),
      emitter.ints(begin.map((start, axis) => start + (shape[axis] ?? 0))),
      emitter.ints(begin.map((_, axis) => axis)),
    ]);
    setOutput(emitter, node, name);
  },
  PadV2: (emitter, node) => {
    const paddings = node.attrs["paddings"] as readonly (readonly [number, number])[];
    const amounts = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
    const value = (node.attrs["constantValue"] as number | undefined) ?? 0;
    const filler =
      emitter.spec(input(node, 0)).dtype === "float32" ? emitter.floats(value) : emitter.ints(value);
    const padded = emitter.node("Pad", [emitter.useFull(input(node, 0)), emitter.ints(amounts), filler]);
    setOutput(emitter, node, padded);
  },
  Tile: (emitter, node) => {
    const [x, reps] = [emitter.useFull(input(node, 0)), node.attrs["reps"] as readonly number[]];
    setOutput(emitter, node, emitter.node("Tile", [x, emitter.ints(reps)]));
  },
  GatherV2: (emitter, node) => {
    const [x, indices] = [emitter.useFull(input(node, 0)), emitter.useFull(input(node, 1))];
    const axis = { int: node.attrs["axis"] as number };
    setOutput(emitter, node, emitter.node("Gather", [x, indices], { axis }));
  },
  OneHot: (emitter, node) => {
    const ids = emitter.useFull(input(node, 0));
    const result = needed("OneHot", "output", node.outputs[0]);
    const [off, on] = [node.attrs["offValue"] ?? 0, node.attrs["onValue"] ?? 1] as [number, number];
    const rows = oneHotRows(emitter, ids, node.attrs["depth"] as number);
    const { dtype } = emitter.spec(result);
    if (dtype === "float32" && off === 0 && on === 1) {
      emitter.set(result, rows);
      return;
    }
    const scaled = emitter.node("Mul", [rows, emitter.floats(on - off)]);
    const floats = emitter.node("Add", [scaled, emitter.floats(off)]);
    setOutput(emitter, node, emitter.node("Cast", [floats], { to: { int: elementType(dtype) } }));
  },
  BatchMatMul: (emitter, node) => {
    const operands = [emitter.useFull(input(node, 0)), emitter.useFull(input(node, 1))];
    const transA = node.attrs["transposeA"] === true ? 1 : 0;
    const transB = node.attrs["transposeB"] === true ? 1 : 0;
    const alpha = (node.attrs["alpha"] as number | undefined) ?? 1; // set by the pass that folds factors
    if (transA === 0 && transB === 0 && alpha === 1) {
      setOutput(emitter, node, emitter.node("MatMul", operands));
    } else {
      const attributes = { transA: { int: transA }, transB: { int: transB }, alpha: { float: alpha } };
      setOutput(emitter, node, emitter.node("FusedMatMul", operands, attributes));
    }
  },
};

/** ONNX's element type for a type of the graph; int32 is int64 there. */
export function elementType(dtype: DType): number {
  return dtype === "float32" ? ELEMENT.float32 : dtype === "bool" ? ELEMENT.bool : ELEMENT.int64;
}

function elementwise(names: Readonly<Record<string, string>>): Record<string, Lowering> {
  return Object.fromEntries(
    Object.entries(names).map(([kernel, type]) => [
      kernel,
      each((emitter, inputs) => emitter.node(type, inputs)),
    ]),
  );
}

/**
 * For operations that work row by row: where an operand exists in pieces (the rows of each expert), so does the
 * result, and the pieces stay small enough for the cache.
 */
function each(write: (emitter: Emitter, inputs: readonly string[], node: GraphNode) => string): Lowering {
  return (emitter, node) => {
    const result = needed(node.kernel, "output", node.outputs[0]);
    const { shape } = emitter.spec(result);
    const [rows] = shape;
    const ofRows = (value: number): boolean =>
      emitter.uniform(value) === undefined &&
      emitter.spec(value).shape.length === shape.length &&
      emitter.spec(value).shape[0] === rows;
    const counts = node.inputs
      .filter(ofRows)
      .map((value) => emitter.countsOf(value))
      .find((one) => typeof one === "number");
    if (counts === undefined || isSpread(emitter, node)) {
      const uniform = node.inputs.every((value) => emitter.uniform(value) !== undefined);
      emitter.set(
        result,
        write(
          emitter,
          node.inputs.map((value) => (uniform ? emitter.useFull(value) : emitter.use(value))),
          node,
        ),
      );
      if (!uniform && isSpread(emitter, node)) {
        emitter.set(result, emitter.node("Expand", [emitter.use(result), emitter.ints(shape)]));
      }
      return;
    }
    const lists = node.inputs.map((value) => (ofRows(value) ? emitter.pieces(value, counts) : undefined));
    const length = needed(
      node.kernel,
      "pieces",
      lists.find((list) => list !== undefined),
    ).length;
    const pieces = Array.from({ length }, (_, e) =>
      write(
        emitter,
        node.inputs.map((value, index) => lists[index]?.[e] ?? emitter.use(value)),
        node,
      ),
    );
    emitter.setPieces(result, counts, pieces);
  };
}

/** Whether a uniform operand, which comes as a scalar, is what gives the result its shape. */
function isSpread(emitter: Emitter, node: GraphNode): boolean {
  const others = node.inputs.filter((value) => emitter.uniform(value) === undefined);
  const reached = others.map((value) => emitter.spec(value).shape).reduce<readonly number[]>(broadcast, []);
  return reached.join() !== emitter.spec(needed(node.kernel, "output", node.outputs[0])).shape.join();
}

function reduce(type: string): Lowering {
  return (emitter, node) => {
    const x = input(node, 0);
    const axes = reductionAxes(node.attrs, rank(emitter, x));
    const operands = [emitter.useFull(x), emitter.ints(axes)];
    setOutput(emitter, node, emitter.node(type, operands, { keepdims: keepDims(node) }));
  };
}

function reduceBool(type: string): Lowering {
  return (emitter, node) => {
    const x = input(node, 0);
    const axes = emitter.ints(reductionAxes(node.attrs, rank(emitter, x)));
    const numbers = emitter.node("Cast", [emitter.useFull(x)], { to: { int: ELEMENT.int64 } });
    const reduced = emitter.node(type, [numbers, axes], { keepdims: keepDims(node) });
    setOutput(emitter, node, emitter.node("Cast", [reduced], { to: { int: ELEMENT.bool } }));
  };
}

function reshape(emitter: Emitter, node: GraphNode): void {
  const { shape } = emitter.spec(needed(node.kernel, "output", node.outputs[0]));
  const x = emitter.useFull(input(node, 0));
  setOutput(emitter, node, emitter.node("Reshape", [x, emitter.ints(shape)]));
}

function fill(emitter: Emitter, node: GraphNode, value: number): void {
  const { shape, dtype } = emitter.spec(needed(node.kernel, "output", node.outputs[0]));
  const scalar = dtype === "float32" ? emitter.floats(value) : emitter.ints(value);
  const typed = dtype === "bool" ? emitter.node("Cast", [scalar], { to: { int: ELEMENT.bool } }) : scalar;
  setOutput(emitter, node, emitter.node("Expand", [typed, emitter.ints(shape)]));
}

function keepDims(node: GraphNode): { readonly int: number } {
  return { int: node.attrs["keepDims"] === true ? 1 : 0 };
}

function isInt(emitter: Emitter, node: GraphNode): boolean {
  return emitter.spec(input(node, 0)).dtype === "int32";
}

function input(node: GraphNode, index: number): number {
  return needed(node.kernel, index, node.inputs[index]);
}

function rank(emitter: Emitter, value: number): number {
  return emitter.spec(value).shape.length;
}

/** Says which ONNX tensor is a node's first output. */
function setOutput(emitter: Emitter, node: GraphNode, name: string): void {
  emitter.set(needed(node.kernel, "output", node.outputs[0]), name);
}
