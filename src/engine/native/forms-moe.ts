import { sizeOf } from "../../core/axes.ts";
import { axisOf } from "../trace/kernel-rules.ts";
import {
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
import type { GraphNode } from "../graph.ts";
import type { OpName } from "./kinds.ts";
import type { View } from "./views.ts";

/** Rows taken from and summed into tables, and what sorts and counts. */
export const moeForms: Readonly<Record<string, Form>> = {
  GatherV2: (builder, node) => {
    const x = builder.dense(input(node));
    const index = builder.dense(input(node, 1));
    const axis = axisOf(node.attrs["axis"] as number, x.shape.length);
    const outer = sizeOf(x.shape.slice(0, axis));
    const inner = sizeOf(x.shape.slice(axis + 1));
    gather(builder, output(node), { x, index, outer, inner, extent: x.shape[axis] ?? 1 });
  },
  MoeEmbed: (builder, node) => rowsOf(builder, node),
  MoeDispatchRows: (builder, node) => rowsOf(builder, node),
  MoeEmbedGradient: (builder, node) => {
    const dy = builder.dense(input(node));
    const ids = builder.dense(input(node, 1));
    const y = builder.create(output(node));
    const [V = 0, D = 0] = y.shape;
    builder.push({
      ...wholeDraft("scatter_rows", [dy, ids], [y], [sizeOf(ids.shape), D, V]),
      parts: Math.max(1, Math.ceil(D / 32)),
    });
  },
  MoeCombineRows: (builder, node) => {
    const rows = builder.dense(input(node)); // [R, D]
    const table = builder.dense(input(node, 2)); // [S, J]
    const y = builder.create(output(node));
    const [R = 0, D = 0] = rows.shape;
    const [S = 0, J = 0] = table.shape;
    builder.push(
      rowDraft("combine_rows", S, [whole(rows), moving(table), written(y)], (lead) => ({
        ints: [lead, D, J, R],
        floats: [],
      })),
    );
  },
  MoeWeightedCombine: (builder, node) => {
    const rows = builder.dense(input(node)); // [R, D]
    const gate = builder.dense(input(node, 1)); // [S, K]
    const table = builder.dense(input(node, 3)); // [S, K]
    const y = builder.create(output(node));
    const [R = 0, D = 0] = rows.shape;
    const [S = 0, K = 0] = gate.shape;
    builder.push(
      rowDraft("weighted_combine", S, [whole(rows), moving(gate), moving(table), written(y)], (lead) => ({
        ints: [lead, D, K, R],
        floats: [],
      })),
    );
  },
  MoeWeightedDispatch: (builder, node) => {
    const dy = builder.dense(input(node)); // [S, D]
    const gate = builder.dense(input(node, 1)); // [S, K]
    const slots = builder.dense(input(node, 2)); // [R]
    const y = builder.create(output(node)); // [R, D]
    const [S = 0, K = 0] = gate.shape;
    const [R = 0, D = 0] = y.shape;
    builder.push({
      ...rowDraft("weighted_dispatch", R, [whole(dy), whole(gate), moving(slots), written(y)], (lead) => ({
        ints: [lead, D, K, S],
        floats: [],
      })),
      anyRows: true,
    });
  },
  MoeGateGradient: (builder, node) => {
    const dy = builder.dense(input(node)); // [S, D]
    const rows = builder.dense(input(node, 1)); // [R, D]
    const table = builder.dense(input(node, 2)); // [S, K]
    const y = builder.create(output(node));
    const [S = 0, K = 0] = table.shape;
    const [R = 0, D = 0] = rows.shape;
    builder.push(
      rowDraft("gate_gradient", S, [moving(dy), whole(rows), moving(table), written(y)], (lead) => ({
        ints: [lead, D, K, R],
        floats: [],
      })),
    );
  },
  MoeSortByExpert: (builder, node) => {
    const expert = builder.dense(input(node));
    const outputs = node.outputs.map((value) => builder.create(value));
    const ints = [sizeOf(expert.shape), node.attrs["E"] as number];
    builder.push(wholeDraft("sort_by_expert", [expert], outputs, ints));
  },
  MoeCountByExpert: (builder, node) => {
    const expert = builder.dense(input(node));
    const ints = [sizeOf(expert.shape), node.attrs["E"] as number];
    builder.push(wholeDraft("count_by_expert", [expert], [builder.create(output(node))], ints));
  },
  MoeRowsOfTokens: (builder, node) => {
    const token = builder.dense(input(node));
    const [E = 0, C = 0] = token.shape;
    const ints = [E, C, node.attrs["S"] as number];
    builder.push(wholeDraft("rows_of_tokens", [token], [builder.create(output(node))], ints));
  },
};

/** Rows of a table [N, D] by an index of any shape. */
function rowsOf(builder: Builder, node: GraphNode): void {
  const x = builder.dense(input(node));
  const index = builder.dense(input(node, 1));
  gather(builder, output(node), { x, index, outer: 1, inner: x.shape[1] ?? 1, extent: x.shape[0] ?? 0 });
}

function gather(
  builder: Builder,
  value: number,
  from: {
    readonly x: View;
    readonly index: View;
    readonly outer: number;
    readonly inner: number;
    readonly extent: number;
  },
): void {
  const { x, index, outer, inner, extent } = from;
  const y = builder.create(value);
  const op: OpName = "gather";
  const count = sizeOf(index.shape);
  if (outer !== 1 || index.shape.length === 0) {
    builder.push(wholeDraft(op, [x, index], [y], [outer, count, inner, extent]));
    return;
  }
  const perLead = sizeOf(index.shape.slice(1));
  builder.push({
    ...rowDraft(op, index.shape[0] ?? 0, [whole(x), moving(index), written(y)], (lead) => ({
      ints: [1, lead === -1 ? -1 : lead * perLead, inner, extent],
      floats: [],
    })),
    anyRows: index.shape.length === 1,
  });
}
