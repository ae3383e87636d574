import { sizeOf } from "../../core/axes.ts";
import type { GraphNode } from "../graph.ts";
import { needed } from "../ops/define.ts";
import { type Builder, type Form, input, moving, output, whole, written } from "./builder.ts";
import type { DraftOperand } from "./drafts.ts";
import { broadcastTo, type View } from "./views.ts";

/** Floats that a multiply may take to lay out its second operand, for terms up to `terms`; native/gemm.c takes less. */
function workspaceOf(terms: number): number {
  return 64 * Math.max(256, terms);
}

/** Columns of a product that one part of a multiply over all tokens makes, as in native/op-matmul.c. */
const STRIPE = 32;

/** Floats of a second operand [K, N] laid out for the multiply: columns come in whole vectors, of at most 16. */
function packedSize(K: number, N: number): number {
  return K * Math.ceil(N / 16) * 16;
}

/** Multiplies and attention. */
export const productForms: Readonly<Record<string, Form>> = {
  BatchMatMul: (builder, node) => {
    const transA = node.attrs["transposeA"] === true;
    const transB = node.attrs["transposeB"] === true;
    const c = builder.create(output(node), true);
    const batch = c.shape.slice(0, -2);
    const a = matrices(builder, builder.view(input(node, 0)), batch);
    const b = matrices(builder, builder.view(input(node, 1)), batch);
    const [M = 0, N = 0] = c.shape.slice(-2);
    const K = needed("BatchMatMul", "K", a.shape.at(transA ? -2 : -1));
    const alpha = (node.attrs["alpha"] as number | undefined) ?? 1;
    const [rowA = 0, columnA = 0] = swappedIf(transA, a.strides.slice(-2));
    const [rowB = 0, columnB = 0] = swappedIf(transB, b.strides.slice(-2));
    // The output's last axis lies without gaps: create() permutes the axes before it only.
    const [rowC = 0] = c.strides.slice(-2);
    const batched = batch.length > 0;
    const [outerA = 0, innerA = 0, outerB = 0, innerB = 0, outerC = 0, innerC = 0] = [a, b, c].flatMap(
      ({ strides }) => (batch.length === 2 ? strides.slice(0, 2) : batched ? [strides[0] ?? 0, 0] : [0, 0]),
    );
    const lead = batched ? (batch[0] ?? 1) : transA ? null : M;
    const moves = (view: View): DraftOperand =>
      batched && view.strides[0] !== 0 && view.shape.length === c.shape.length ? moving(view) : whole(view);
    builder.push({
      op: "matmul",
      operands: [
        batched ? moves(a) : transA ? whole(a) : moving(a),
        batched ? moves(b) : whole(b),
        written(c),
      ],
      lead,
      anyRows: !batched && !transA,
      counts: null,
      perExpert: null,
      parts: batched ? 1 : Math.max(1, Math.ceil(N / STRIPE)),
      workspace: workspaceOf(K),
      packed: batched || transA ? 0 : packedSize(K, N),
      encode: (extent, packedAt) => {
        const rows = batched || lead === null ? M : extent;
        const outer = batched ? extent : 1;
        const inner = batch.length === 2 ? (batch[1] ?? 1) : 1;
        const strides = [outerA, innerA, rowA, columnA, outerB, innerB, rowB, columnB, outerC, innerC, rowC];
        return { ints: [outer, inner, rows, N, K, ...strides, packedAt], floats: [alpha] };
      },
    });
  },
  MoeGroupedMatMul: (builder, node) => {
    const transposeW = node.attrs["transposeW"] === true;
    const x = builder.view(input(node, 0)); // [R, D]
    const w = builder.view(input(node, 1)); // [E, D, F]
    const y = builder.create(output(node)); // [R, F]
    const [R = 0, F = 0] = y.shape;
    const K = needed("MoeGroupedMatMul", "D", x.shape[1]);
    const [, rowW = 0, columnW = 0] = w.strides;
    const [rowB, columnB] = transposeW ? [columnW, rowW] : [rowW, columnW];
    builder.push({
      op: "matmul",
      operands: [moving(x), whole(w), written(y)],
      lead: R,
      anyRows: true,
      counts: builder.dense(input(node, 2)).root,
      perExpert: 1,
      parts: 1,
      workspace: workspaceOf(K),
      packed: packedSize(K, F),
      encode: (rows, packedAt) => ({
        ints: [
          1,
          1,
          rows,
          F,
          K,
          0,
          0,
          x.strides[0] ?? 0,
          x.strides[1] ?? 0,
          0,
          0,
          rowB,
          columnB,
          0,
          0,
          F,
          packedAt,
        ],
        floats: [1],
      }),
    });
  },
  MoeGroupedOuter: (builder, node) => {
    const x = builder.denseLast(builder.view(input(node, 0))); // [R, D]
    const y = builder.denseLast(builder.view(input(node, 1))); // [R, F]
    const dw = builder.create(output(node)); // [E, D, F]
    const [E = 0, D = 0, F = 0] = dw.shape;
    const stripes = Math.max(1, Math.ceil(F / 64));
    builder.push({
      op: "grouped_outer",
      operands: [
        whole(x),
        whole(y),
        whole(builder.dense(input(node, 2))),
        { view: dw, writes: true, moves: false },
      ],
      lead: null,
      anyRows: false,
      counts: null,
      perExpert: null,
      parts: E * stripes,
      workspace: workspaceOf(0),
      packed: 0,
      encode: () => ({ ints: [E, D, F, x.strides[0] ?? 0, y.strides[0] ?? 0, stripes], floats: [] }),
    });
  },
  MoeCausalAttention: (builder, node) => {
    const [q, k, v] = heads(builder, node, [0, 1, 2]);
    const mixed = builder.create(output(node, 0), true); // [B, H, T, d]
    const probs = builder.create(output(node, 1)); // [B, H, T, T]
    const views = [q, k, v, mixed];
    const [B = 0, H = 0, T = 0, d = 0] = mixed.shape;
    builder.push({
      op: "causal_attention",
      operands: [moving(q), moving(k), moving(v), written(mixed), written(probs)],
      lead: B,
      anyRows: false,
      counts: null,
      perExpert: null,
      parts: 1,
      workspace: workspaceOf(T),
      packed: 0,
      encode: (lead) => ({
        ints: [lead, H, T, d, ...views.flatMap(headStrides), ...views.map(({ strides }) => strides[0] ?? 0)],
        floats: [node.attrs["scale"] as number],
      }),
    });
  },
  MoeCausalAttentionGradient: (builder, node) => {
    const [dy, q, k, v, mixed] = heads(builder, node, [0, 1, 2, 3, 4]);
    const probs = builder.dense(input(node, 5));
    const gradients = node.outputs.map((value) => builder.create(value, true));
    const [B = 0, H = 0, T = 0, d = 0] = q.shape;
    const views = [dy, q, k, v, mixed, ...gradients];
    const multiplies = workspaceOf(T);
    builder.push({
      op: "causal_attention_gradient",
      operands: [...[dy, q, k, v, mixed, probs].map(moving), ...gradients.map(written)],
      lead: B,
      anyRows: false,
      counts: null,
      perExpert: null,
      parts: 1,
      workspace: multiplies + T * T,
      packed: 0,
      encode: (lead) => ({
        ints: [
          lead,
          H,
          T,
          d,
          ...views.flatMap(headStrides),
          ...views.map(({ strides }) => strides[0] ?? 0),
          multiplies,
        ],
        floats: [node.attrs["scale"] as number],
      }),
    });
  },
};

/** An operand with the batch axes of the product, at most two; more are joined. */
function matrices(builder: Builder, view: View, batch: readonly number[]): View {
  const spread = broadcastTo(view, [...batch, ...view.shape.slice(-2)]);
  if (batch.length <= 2) return spread;
  const [first = 1, ...others] = batch;
  const flat = builder.denseOf(spread);
  const inner = others.reduce((product, extent) => product * extent, 1);
  const matrix = sizeOf(view.shape.slice(-2));
  return {
    ...flat,
    shape: [first, inner, ...view.shape.slice(-2)],
    strides: [inner * matrix, matrix, ...flat.strides.slice(-2)],
  };
}

function swappedIf(swap: boolean, pair: readonly number[]): readonly number[] {
  return swap ? [...pair].reverse() : pair;
}

/** Inputs [B, H, T, d] whose last axis lies without gaps. */
function heads<const I extends readonly number[]>(
  builder: Builder,
  node: GraphNode,
  indices: I,
): { [K in keyof I]: View } {
  return indices.map((index) => builder.denseLast(builder.view(input(node, index)))) as {
    [K in keyof I]: View;
  };
}

/** Strides of heads and positions. */
function headStrides({ strides }: View): number[] {
  return [strides[1] ?? 0, strides[2] ?? 0];
}
