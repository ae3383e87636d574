import { tf } from "../tf.ts";
import type { Tensor } from "../types.ts";
import { callOp1, defineOp, needed, type Op } from "./define.ts";
import { emittedRows, rowsIn, type SlotOrder } from "./rows.ts";

/** y[s] = sum over k of gate[s, k] rows[rowOfSlot[s, k]]. attrs: complete. */
const weightedCombineOp: Op = defineOp({
  name: "MoeWeightedCombine",
  inputs: ["rows", "gate", "slotOfRow", "rowOfSlot"],
  outputs: ([rows, gate]) => [
    {
      shape: [
        needed("MoeWeightedCombine", "S", gate?.shape[0]),
        needed("MoeWeightedCombine", "D", rows?.shape[1]),
      ],
      dtype: "float32",
    },
  ],
  eager: ([rows, gate, , rowOfSlot], attrs) => {
    const list = rowsIn(needed("rows", 0, rows), attrs);
    const bySlot = tf.gather(list, needed("rowOfSlot", 3, rowOfSlot)); // [S, K, D]
    return [tf.sum(tf.mul(bySlot, tf.expandDims(needed("gate", 1, gate), -1)), 1)];
  },
  gradient: {
    saveInputs: ["rows", "gate", "slotOfRow", "rowOfSlot"],
    saveOutputs: [],
    run: ([dy], [rows, gate, slotOfRow, rowOfSlot], attrs) => {
      const upstream = needed("dy", 0, dy);
      const table = needed("rowOfSlot", 3, rowOfSlot);
      return {
        rows: () =>
          callOp1(weightedDispatchOp, [upstream, needed("gate", 1, gate), needed("slotOfRow", 2, slotOfRow)]),
        gate: () => callOp1(gateGradientOp, [upstream, needed("rows", 0, rows), table], attrs),
      };
    },
  },
  lower: (emitter, node) => {
    const [rows, gate, , rowOfSlot] = node.inputs;
    const table = needed("rowOfSlot", 3, rowOfSlot);
    const [, K = 0] = emitter.spec(table).shape;
    const list = emittedRows(emitter, needed("rows", 0, rows), node.attrs);
    const gates = emitter.useFull(needed("gate", 1, gate));
    const parts = Array.from({ length: K }, (_, k) =>
      emitter.node("Mul", [
        emitter.node("Gather", [list, column(emitter.useFull(table), k)], { axis: { int: 0 } }), // [S, D]
        emitter.node("Gather", [gates, emitter.ints([k])], { axis: { int: 1 } }), // [S, 1]
      ]),
    );
    emitter.set(
      needed("y", 0, node.outputs[0]),
      parts.reduce((total, part) => emitter.node("Add", [total, part])),
    );

    function column(from: string, k: number): string {
      return emitter.node("Gather", [from, emitter.ints(k)], { axis: { int: 1 } }); // [S]
    }
  },
});

/** rows[r] = gate[slot] dy[token of slot], for slot = slotOfRow[r]. */
const weightedDispatchOp: Op = defineOp({
  name: "MoeWeightedDispatch",
  inputs: ["dy", "gate", "slotOfRow"],
  outputs: ([dy, , slotOfRow]) => [
    {
      shape: [
        needed("MoeWeightedDispatch", "R", slotOfRow?.shape[0]),
        needed("MoeWeightedDispatch", "D", dy?.shape[1]),
      ],
      dtype: "float32",
    },
  ],
  eager: ([dy, gate, slotOfRow]) => {
    const upstream = needed("dy", 0, dy);
    const weighted = tf.mul(tf.expandDims(upstream, 1), tf.expandDims(needed("gate", 1, gate), -1)); // [S, K, D]
    const bySlot = tf.reshape(weighted, [-1, upstream.shape[1] ?? 0]); // [R, D]
    return [tf.gather(bySlot, needed("slotOfRow", 2, slotOfRow))];
  },
  lower: (emitter, node) => {
    const [dy, gate, slotOfRow] = node.inputs;
    const order = needed("slotOfRow", 2, slotOfRow);
    const upstream = needed("dy", 0, dy);
    const [R = 0] = emitter.spec(order).shape;
    const [, D = 0] = emitter.spec(upstream).shape;
    const weighted = emitter.node("Mul", [
      emitter.node("Unsqueeze", [emitter.useFull(upstream), emitter.ints([1])]),
      emitter.node("Unsqueeze", [emitter.useFull(needed("gate", 1, gate)), emitter.ints([2])]),
    ]); // [S, K, D]
    const bySlot = emitter.node("Reshape", [weighted, emitter.ints([R, D])]);
    emitter.setGathered(needed("rows", 0, node.outputs[0]), bySlot, order);
  },
});

/** dgate[s, k] = dy[s] . rows[rowOfSlot[s, k]]. attrs: complete. */
const gateGradientOp: Op = defineOp({
  name: "MoeGateGradient",
  inputs: ["dy", "rows", "rowOfSlot"],
  outputs: ([, , rowOfSlot]) => [
    { shape: needed("MoeGateGradient", "rowOfSlot", rowOfSlot).shape, dtype: "float32" },
  ],
  eager: ([dy, rows, rowOfSlot], attrs) => {
    const list = rowsIn(needed("rows", 1, rows), attrs);
    const bySlot = tf.gather(list, needed("rowOfSlot", 2, rowOfSlot)); // [S, K, D]
    return [tf.sum(tf.mul(bySlot, tf.expandDims(needed("dy", 0, dy), 1)), -1)];
  },
  lower: (emitter, node) => {
    const [dy, rows, rowOfSlot] = node.inputs;
    const table = needed("rowOfSlot", 2, rowOfSlot);
    const list = needed("rows", 1, rows);
    const [, K = 0] = emitter.spec(table).shape;
    const [, D = 0] = emitter.spec(list).shape;
    const ones = emitter.floats(new Array<number>(D).fill(1), [1, D]);
    const source = emittedRows(emitter, list, node.attrs);
    // The forward pass gathered the same rows; equal ONNX nodes are written once.
    const columns = Array.from({ length: K }, (_, k) => {
      const index = emitter.node("Gather", [emitter.useFull(table), emitter.ints(k)], { axis: { int: 1 } }); // [S]
      const part = emitter.node("Gather", [source, index], { axis: { int: 0 } }); // [S, D]
      const product = emitter.node("Mul", [part, emitter.useFull(needed("dy", 0, dy))]);
      return emitter.node("FusedMatMul", [product, ones], { transB: { int: 1 } }); // [S, 1]
    });
    emitter.set(
      needed("dgate", 0, node.outputs[0]),
      emitter.node("Concat", columns, { axis: { int: 1 } }), // [S, K]
    );
  },
});

export const combineOps = [weightedCombineOp, weightedDispatchOp, gateGradientOp];

/**
 * Each token's weighted sum over its rows, at most K.
 * @param rows [R, D], sorted by expert
 * @param gate [S, K]
 * @param order of the R = S K slots
 * @returns [S, D]
 */
export function combineWeighted(rows: Tensor, gate: Tensor, order: SlotOrder): Tensor {
  const { slotOfRow, rowOfSlot, complete } = order;
  return callOp1(weightedCombineOp, [rows, gate, slotOfRow, rowOfSlot], { complete });
}
