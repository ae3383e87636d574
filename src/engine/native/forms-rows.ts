import { sizeOf } from "../../core/axes.ts";
import type { GraphNode } from "../graph.ts";
import { rotaryTables } from "../ops/rotary.ts";
import { axisOf, reductionAxes } from "../trace/kernel-rules.ts";
import {
  bitsOf,
  type Builder,
  type Form,
  input,
  moving,
  output,
  rowDraft,
  whole,
  wholeDraft,
  written,
} from "./builder.ts";
import type { DraftOperand, Encoded } from "./drafts.ts";
import { type OpName, REDUCTIONS } from "./kinds.ts";
import { collapsed } from "./row-programs.ts";
import { denseStrides, type View } from "./views.ts";

type Reduction = (typeof REDUCTIONS)[number];

/** Floats that a log-sum-exp keeps aside. */
const LOG_SUM_EXP = 512;

/** What works along the last axis, and reductions. */
export const rowForms: Readonly<Record<string, Form>> = {
  Softmax: (builder, node) => rows(builder, node, "softmax", { moved: [input(node)] }),
  MoeLogSumExp: (builder, node) =>
    rows(builder, node, "log_sum_exp", { moved: [input(node)], workspace: LOG_SUM_EXP }),
  MoeRmsNorm: (builder, node) => rows(builder, node, "rms_norm", normOf(node)),
  MoeRmsNormGradient: (builder, node) => {
    const [dy, x] = [input(node, 0), input(node, 1)].map((value) => builder.dense(value)) as [View, View]; // [.., D]
    const gain = builder.dense(input(node, 2)); // [D]
    const inverse = builder.dense(input(node, 3)); // [.., 1]
    const dx = builder.create(output(node, 0));
    const dgain = builder.create(output(node, 1));
    const D = sizeOf(gain.shape);
    const rowCount = sizeOf(x.shape) / D;
    const parts = builder.fresh([rowCount % builder.slices === 0 ? builder.slices : 1, D]);
    const length = rowCount / (parts.shape[0] ?? 1);
    const flat = (view: View): View => ({
      ...view,
      shape: [rowCount, sizeOf(view.shape) / rowCount],
      strides: [sizeOf(view.shape) / rowCount, 1],
    });
    builder.push(
      rowDraft(
        "rms_norm_gradient",
        rowCount,
        [
          moving(flat(dy)),
          moving(flat(x)),
          whole(gain),
          moving(flat(inverse)),
          written(flat(dx)),
          written(parts),
        ],
        (lead) => ({ ints: [lead, D, length], floats: [] }),
      ),
    );
    reduceInto(builder, parts, dgain, { axes: new Set([0]), what: "sum", scale: 1 });
  },
  MoeLayerNorm: (builder, node) => rows(builder, node, "layer_norm", normOf(node)),
  MoeCrossEntropy: (builder, node) =>
    rows(builder, node, "cross_entropy", { moved: [input(node), input(node, 1)], workspace: LOG_SUM_EXP }),
  MoeCrossEntropyGradient: (builder, node) => {
    const dy = builder.view(input(node)); // [S], or one number for all
    const targets = builder.dense(input(node, 1));
    const logProbs = builder.dense(input(node, 2)); // [S, V]
    const y = builder.create(output(node));
    const [S = 0, V = 0] = logProbs.shape;
    const stride = dy.strides[0] ?? 0;
    builder.push(
      rowDraft(
        "cross_entropy_gradient",
        S,
        [stride === 0 ? whole(dy) : moving(dy), moving(targets), moving(logProbs), written(y)],
        (lead) => ({ ints: [lead, V, stride], floats: [] }),
      ),
    );
  },
  MoeRotary: (builder, node) => {
    const x = builder.dense(input(node)); // [B, T, D]
    const y = builder.create(output(node));
    const [B = 0, T = 0, D = 0] = x.shape;
    const { headSize, cos, sin } = rotaryTables(node.attrs);
    const tables = [cos, sin].map((table) => whole(builder.constantArray(table, [T, headSize / 2])));
    builder.push(
      rowDraft("rotary", B, [moving(x), ...tables, written(y)], (lead) => ({
        ints: [lead * T, D / headSize, headSize, T],
        floats: [],
      })),
    );
  },
  MoeTopK: (builder, node) => {
    const scores = builder.dense(input(node));
    const indices = builder.create(output(node));
    const N = scores.shape.at(-1) ?? 1;
    const k = node.attrs["k"] as number;
    alongLast(builder, "top_k", [moving(scores), written(indices)], [N, k]);
  },
  MoeTakeAlongLast: (builder, node) => {
    const x = builder.dense(input(node));
    const index = builder.dense(input(node, 1));
    const y = builder.create(output(node));
    const sizes = [x.shape.at(-1) ?? 1, index.shape.at(-1) ?? 1];
    alongLast(builder, "take_along_last", [moving(x), moving(index), written(y)], sizes);
  },
  MoePutAlongLast: (builder, node) => {
    const values = builder.dense(input(node));
    const index = builder.dense(input(node, 1));
    const y = builder.create(output(node));
    const sizes = [y.shape.at(-1) ?? 1, index.shape.at(-1) ?? 1];
    alongLast(builder, "put_along_last", [moving(values), moving(index), written(y)], sizes);
  },
  OneHot: (builder, node) => {
    const ids = builder.dense(input(node));
    const y = builder.create(output(node));
    const [off, on] = [node.attrs["offValue"] ?? 0, node.attrs["onValue"] ?? 1] as [number, number];
    const bits = builder.spec(output(node)).dtype === "float32" ? bitsOf : (value: number): number => value;
    const depth = node.attrs["depth"] as number;
    const perLead = sizeOf(ids.shape.slice(1));
    if (ids.shape.length === 0) {
      builder.push(wholeDraft("one_hot", [ids], [y], [1, depth, bits(on), bits(off)]));
      return;
    }
    builder.push(
      rowDraft("one_hot", ids.shape[0] ?? 0, [moving(ids), written(y)], (lead) => ({
        ints: [lead * perLead, depth, bits(on), bits(off)],
        floats: [],
      })),
    );
  },
  Sum: reduction("sum"),
  Max: reduction("max"),
  Min: reduction("min"),
  Prod: reduction("prod"),
  Any: reduction("max"),
  All: reduction("min"),
  Mean: (builder, node) => {
    const view = builder.view(input(node));
    const axes = reductionAxes(node.attrs, view.shape.length);
    const count = axes.reduce((product, axis) => product * (view.shape[axis] ?? 1), 1);
    let floats = view;
    if (builder.spec(input(node)).dtype !== "float32") {
      floats = builder.fresh(view.shape);
      builder.program([view], floats, "int_to_float");
    }
    reduce(builder, node, floats, { what: "sum", scale: 1 / count });
  },
  Cumsum: (builder, node) => {
    const x = builder.dense(input(node));
    const y = builder.create(output(node));
    const axis = axisOf(node.attrs["axis"] as number, x.shape.length);
    const isInteger = builder.spec(input(node)).dtype !== "float32";
    builder.push(
      wholeDraft(
        "cumsum",
        [x],
        [y],
        [
          sizeOf(x.shape.slice(0, axis)),
          x.shape[axis] ?? 1,
          sizeOf(x.shape.slice(axis + 1)),
          Number(node.attrs["exclusive"] === true),
          Number(node.attrs["reverse"] === true),
          Number(isInteger),
        ],
      ),
    );
  },
};

/** What an operation that works row by row takes. */
interface RowOperands {
  /** Values that are cut with the rows. */
  readonly moved: readonly number[];
  /** Values that every row sees whole. */
  readonly shared?: readonly number[];
  /** Floats that each thread keeps aside. */
  readonly workspace?: number;
  readonly floats?: readonly number[];
}

/** x and gain; eps. */
function normOf(node: GraphNode): RowOperands {
  return { moved: [input(node)], shared: [input(node, 1)], floats: [node.attrs["eps"] as number] };
}

/** ints: rows, extent of the last axis of the first input; outputs in the node's order. */
function rows(
  builder: Builder,
  node: GraphNode,
  op: OpName,
  { moved, shared = [], workspace = 0, floats = [] }: RowOperands,
): void {
  const inputs = moved.map((value) => builder.dense(value));
  const [x] = inputs;
  const shape = x?.shape ?? [];
  const outputs = node.outputs.map((value) => builder.create(value));
  const perLead = sizeOf(shape.slice(1, -1));
  const n = shape.at(-1) ?? 1;
  const flat = shape.length < 2; // one row: no axis to cut along
  const others = shared.map((value) => whole(builder.dense(value)));
  const operands = [...inputs.map(moving), ...others, ...outputs.map(written)];
  builder.push({
    ...rowDraft(
      op,
      shape[0] ?? 0,
      flat ? operands.map((operand) => ({ ...operand, moves: false })) : operands,
      (lead) => ({
        ints: [flat ? 1 : lead * perLead, n],
        floats,
      }),
    ),
    ...(flat ? { lead: null } : {}),
    workspace,
  });
}

/** ints: rows, then sizes. */
function alongLast(
  builder: Builder,
  op: OpName,
  operands: readonly DraftOperand[],
  sizes: readonly number[],
): void {
  const shape = operands[0]?.view.shape ?? [];
  const perLead = sizeOf(shape.slice(1, -1));
  if (shape.length < 2) {
    builder.push({
      ...rowDraft(
        op,
        1,
        operands.map((operand) => ({ ...operand, moves: false })),
        () => ({ ints: [1, ...sizes], floats: [] }),
      ),
      lead: null,
    });
    return;
  }
  builder.push(
    rowDraft(op, shape[0] ?? 0, operands, (lead) => ({ ints: [lead * perLead, ...sizes], floats: [] })),
  );
}

function reduction(what: "sum" | "max" | "min" | "prod"): Form {
  return (builder, node) => {
    const isFloat = builder.spec(input(node)).dtype === "float32";
    reduce(builder, node, builder.view(input(node)), { what: isFloat ? what : `${what}_int`, scale: 1 });
  };
}

function reduce(
  builder: Builder,
  node: GraphNode,
  x: View,
  how: { readonly what: Reduction; readonly scale: number },
): void {
  const axes = new Set(reductionAxes(node.attrs, x.shape.length));
  reduceInto(builder, x, builder.create(output(node)), { ...how, axes });
}

function reduceInto(
  builder: Builder,
  x: View,
  y: View,
  {
    axes,
    what,
    scale,
  }: { readonly axes: ReadonlySet<number>; readonly what: Reduction; readonly scale: number },
): void {
  // The output over the input's axes: it stands still along those that are reduced.
  const kept = x.shape.map((extent, axis) => (axes.has(axis) ? 1 : extent));
  const dense = denseStrides(kept);
  const out: View = {
    ...y,
    shape: x.shape,
    strides: x.shape.map((_, axis) => (axes.has(axis) ? 0 : (dense[axis] ?? 0))),
  };
  const moves = x.shape.length > 0 && !axes.has(0) && y.shape[0] === x.shape[0] && x.strides[0] !== 0;
  const encode = (shape: readonly number[]): Encoded => ({
    ints: encodeReduction(what, shape, [x, out], axes),
    floats: [scale],
  });
  const operands = [
    { view: x, writes: false, moves },
    { view: y, writes: true, moves },
  ];
  const cut = rowDraft("reduce", x.shape[0] ?? 1, operands, (lead) => encode([lead, ...x.shape.slice(1)]));
  builder.push(moves ? cut : { ...cut, lead: null, encode: () => encode(x.shape) });
}

/** what, rank, dims, input strides, output strides, flags: see native/op-reduce.c. */
function encodeReduction(
  what: Reduction,
  shape: readonly number[],
  views: readonly View[],
  reducedAxes: ReadonlySet<number>,
): number[] {
  const groups: { reduced: boolean; dims: number[]; axes: number[] }[] = [];
  shape.forEach((extent, axis) => {
    const reduced = reducedAxes.has(axis);
    const last = groups.at(-1);
    if (last?.reduced === reduced) {
      last.dims.push(extent);
      last.axes.push(axis);
    } else groups.push({ reduced, dims: [extent], axes: [axis] });
  });
  const joined = groups.map(({ reduced, dims, axes }) => {
    const parts = views.map((view) => ({
      ...view,
      shape: dims,
      strides: axes.map((axis) => view.strides[axis] ?? 0),
    }));
    return { reduced, ...collapsed(dims, parts) };
  });
  return [
    REDUCTIONS.indexOf(what),
    joined.reduce((rank, { dims }) => rank + dims.length, 0),
    ...joined.flatMap(({ dims }) => dims),
    ...joined.flatMap(({ strides }) => strides[0] ?? []),
    ...joined.flatMap(({ strides }) => strides[1] ?? []),
    ...joined.flatMap(({ dims, reduced }) => dims.map(() => Number(reduced))),
  ];
}
