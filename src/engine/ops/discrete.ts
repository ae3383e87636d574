/**
 * Everything discrete: choosing, sorting and counting in order. Selection is data, not calculus: inputs are detached, so the gradient of
 * every operation here is none at all, and the tape never meets it. Nothing else in moe-lab calls topk or cumsum, or sorts.
 */
import type { Emitter } from "./emitter.ts";
import { callOp, callOp1, defineOp, needed, type Op } from "./define.ts";
import { detach, tf } from "../tf.ts";
import type { Tensor } from "../types.ts";

/** attrs: k. Values are not returned: take them with takeAlongLast, which has a gradient. */
const topKOp: Op = defineOp({
  name: "MoeTopK",
  inputs: ["scores"],
  outputs: ([scores], attrs) => [
    {
      shape: [...needed("MoeTopK", "scores", scores).shape.slice(0, -1), attrs["k"] as number],
      dtype: "int32",
    },
  ],
  eager: ([scores], attrs) => [tf.topk(needed("MoeTopK", "scores", scores), attrs["k"] as number).indices],
  lower: (emitter, node) => {
    const [, indices] = emitter.nodes(
      "TopK",
      [emitter.useFull(needed("scores", 0, node.inputs[0])), emitter.ints([node.attrs["k"] as number])],
      2,
      { axis: { int: -1 }, largest: { int: 1 }, sorted: { int: 1 } },
    );
    emitter.set(needed("indices", 0, node.outputs[0]), needed("indices", 1, indices));
  },
});

/** attrs: E, complete. Outputs slotOfRow [R], rowOfSlot [R], counts [E], for slots = the flattened [S, K]. */
const sortByExpertOp: Op = defineOp({
  name: "MoeSortByExpert",
  inputs: ["expert"],
  outputs: ([expert], attrs) => {
    const rows = { shape: [needed("MoeSortByExpert", "R", expert?.shape[0])], dtype: "int32" } as const;
    return [rows, rows, { shape: [attrs["E"] as number], dtype: "int32" }];
  },
  eager: ([expert], attrs) => {
    const experts = needed("expert", 0, expert).dataSync();
    const E = attrs["E"] as number;
    const counts = new Int32Array(E + 1); // the last is of slots without an expert
    for (const e of experts) counts[e] = (counts[e] ?? 0) + 1;
    const next = new Int32Array(E + 1);
    for (let e = 1; e <= E; e++) next[e] = (next[e - 1] ?? 0) + (counts[e - 1] ?? 0);
    const slotOfRow = new Int32Array(experts.length);
    const rowOfSlot = new Int32Array(experts.length);
    experts.forEach((e, slot) => {
      const row = next[e] ?? 0;
      next[e] = row + 1;
      slotOfRow[row] = slot;
      rowOfSlot[slot] = e === E ? experts.length : row;
    });
    return [slotOfRow, rowOfSlot, counts.subarray(0, E)].map((list) => tf.tensor1d(list, "int32"));
  },
  lower: (emitter, node) => {
    const expert = needed("expert", 0, node.inputs[0]);
    const R = needed("R", 0, emitter.spec(expert).shape[0]);
    const E = node.attrs["E"] as number;
    const [slots, rows, counts] = node.outputs;
    // Expert first, slot second, in one number: the order is total, so every sorting algorithm agrees.
    const positions = emitter.ints(Array.from({ length: R }, (_, slot) => slot));
    const keys = emitter.node("Add", [
      emitter.node("Mul", [emitter.useFull(expert), emitter.ints(R)]),
      positions,
    ]);
    const [sorted] = emitter.nodes("TopK", [keys, emitter.ints([R])], 2, {
      axis: { int: -1 },
      largest: { int: 0 },
      sorted: { int: 1 },
    });
    const slotOfRow = emitter.node("Mod", [needed("sorted keys", 0, sorted), emitter.ints(R)]);
    const rowOfSlot = emitter.node("ScatterElements", [positions, slotOfRow, positions], {
      axis: { int: 0 },
    });
    const total = emitCounts(emitter, expert, E);
    emitter.set(needed("slotOfRow", 0, slots), slotOfRow);
    emitter.set(needed("counts", 2, counts), emitter.node("Cast", [total], { to: { int: 7 } }));
    if (node.attrs["complete"] === true) {
      emitter.set(needed("rowOfSlot", 1, rows), rowOfSlot);
      return;
    }
    const hasNone = emitter.node("Equal", [emitter.useFull(expert), emitter.ints(E)]);
    emitter.set(needed("rowOfSlot", 1, rows), emitter.node("Where", [hasNone, emitter.ints(R), rowOfSlot]));
    emitter.setPartial(needed("counts", 2, counts));
  },
});

/** attrs: E. For expert [R], how often each was chosen [E], float32. */
const countByExpertOp: Op = defineOp({
  name: "MoeCountByExpert",
  inputs: ["expert"],
  outputs: (_, attrs) => [{ shape: [attrs["E"] as number], dtype: "float32" }],
  eager: ([expert], attrs) => {
    const counts = new Float32Array(attrs["E"] as number);
    for (const e of needed("expert", 0, expert).dataSync()) counts[e] = (counts[e] ?? 0) + 1;
    return [tf.tensor1d(counts)];
  },
  lower: (emitter, node) => {
    const counts = emitCounts(emitter, needed("expert", 0, node.inputs[0]), node.attrs["E"] as number);
    emitter.set(needed("counts", 0, node.outputs[0]), counts);
  },
});

/** ONNX name of how often each expert was chosen, [E] float32. */
function emitCounts(emitter: Emitter, expert: number, E: number): string {
  const hot = emitter.node("OneHot", [emitter.useFull(expert), emitter.ints(E), emitter.floats([0, 1])], {
    axis: { int: 0 },
  }); // [E, R]
  return emitter.node("ReduceSum", [hot, emitter.ints([1])], { keepdims: { int: 0 } });
}

/** attrs: S. For token [E, C] (distinct along each row), the rows of each token [S, E]; E*C where it has none. */
const rowsOfTokensOp: Op = defineOp({
  name: "MoeRowsOfTokens",
  inputs: ["token"],
  outputs: ([token], attrs) => [
    { shape: [attrs["S"] as number, needed("MoeRowsOfTokens", "E", token?.shape[0])], dtype: "int32" },
  ],
  eager: ([token], attrs) => {
    const table = needed("token", 0, token);
    const [E = 0, C = 0] = table.shape;
    const S = attrs["S"] as number;
    const rows = new Int32Array(S * E).fill(E * C);
    table.dataSync().forEach((s, row) => (rows[s * E + Math.floor(row / C)] = row));
    return [tf.tensor2d(rows, [S, E], "int32")];
  },
  lower: (emitter, node) => {
    const token = needed("token", 0, node.inputs[0]);
    const [E = 0, C = 0] = emitter.spec(token).shape;
    const S = node.attrs["S"] as number;
    const none = emitter.node("Expand", [emitter.ints(E * C), emitter.ints([E, S])]);
    const rows = emitter.node("Reshape", [
      emitter.ints(Array.from({ length: E * C }, (_, row) => row)),
      emitter.ints([E, C]),
    ]);
    const table = emitter.node("ScatterElements", [none, emitter.useFull(token), rows], { axis: { int: 1 } }); // [E, S]
    emitter.set(
      needed("rows", 0, node.outputs[0]),
      emitter.node("Transpose", [table], { perm: { ints: [1, 0] } }),
    );
  },
});

export const discreteOps = [topKOp, sortByExpertOp, countByExpertOp, rowsOfTokensOp];

/**
 * The sum of all values before each one along an axis; 0 for the first. No gradient.
 * @returns of the shape of x
 */
export function sumsBefore(x: Tensor, axis: number): Tensor {
  return tf.cumsum(detach(x), axis, true);
}

/**
 * Indices of the k largest along the last axis, largest first; a tie goes to the lower index.
 * @param scores [.., N]
 * @returns [.., k] int32
 */
export function topKIndices(scores: Tensor, k: number): Tensor {
  return callOp1(topKOp, [detach(scores)], { k });
}

/** Slots in the order of their experts. */
export interface ExpertOrder {
  /** [R] int32, which slot a row holds. */
  readonly slotOfRow: Tensor;
  /** [R] int32, its inverse; R for a slot without an expert. */
  readonly rowOfSlot: Tensor;
  /** [E] int32, rows of each expert. Rows behind them all are of slots without one. */
  readonly counts: Tensor;
}

/**
 * Stable sort of assignment slots by expert.
 * @param expert [R] int32, 0 to E - 1, and E for a slot without an expert
 * @param complete whether every slot has an expert
 */
export function sortByExpert(expert: Tensor, E: number, complete = true): ExpertOrder {
  const [slotOfRow, rowOfSlot, counts] = callOp(sortByExpertOp, [detach(expert)], { E, complete });
  return {
    slotOfRow: needed("sortByExpert", "slotOfRow", slotOfRow),
    rowOfSlot: needed("sortByExpert", "rowOfSlot", rowOfSlot),
    counts: needed("sortByExpert", "counts", counts),
  };
}

/**
 * How often each expert was chosen.
 * @param expert [R] int32, 0 to E - 1
 * @returns [E] float32
 */
export function countByExpert(expert: Tensor, E: number): Tensor {
  return callOp1(countByExpertOp, [detach(expert)], { E });
}

/**
 * For experts that chose tokens: the rows (expert by expert) that each token is in.
 * @param token [E, C] int32, distinct along each row
 * @returns [S, E] int32, E*C where the expert did not choose the token
 */
export function rowsOfTokens(token: Tensor, S: number): Tensor {
  return callOp1(rowsOfTokensOp, [detach(token)], { S });
}
