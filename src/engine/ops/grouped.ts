import { sizeOf } from "../../core/axes.ts";
import { tf } from "../tf.ts";
import type { Tensor } from "../types.ts";
import { callOp1, defineOp, needed, type Op } from "./define.ts";

/** attrs: transposeW. Rows of expert e times w[e]. */
const groupedMatMulOp: Op = defineOp({
  name: "MoeGroupedMatMul",
  inputs: ["x", "w", "counts"],
  outputs: ([x, w], attrs) => [
    {
      shape: [
        needed("MoeGroupedMatMul", "R", x?.shape[0]),
        needed("MoeGroupedMatMul", "F", w?.shape[attrs["transposeW"] === true ? 1 : 2]),
      ],
      dtype: "float32",
    },
  ],
  eager: ([x, w, counts], attrs) => {
    const weights = tf.unstack(needed("w", 1, w)); // E times [D, F]
    const groups = splitByCounts(needed("x", 0, x), needed("counts", 2, counts));
    const columns = weights[0]?.shape[attrs["transposeW"] === true ? 0 : 1] ?? 0;
    const parts = groups.map((rows, e) =>
      rows.shape[0] === 0
        ? tf.zeros([0, columns])
        : tf.matMul(rows, needed("w", e, weights[e]), false, attrs["transposeW"] === true),
    );
    const [R = 0] = needed("x", 0, x).shape;
    const made = groups.reduce((sum, { shape: [rows = 0] }) => sum + rows, 0);
    return [tf.concat([...parts, tf.zeros([R - made, columns])], 0)];
  },
  gradient: {
    saveInputs: ["x", "w", "counts"],
    saveOutputs: [],
    run: ([dy], [x, w, counts], attrs) => {
      const upstream = needed("dy", 0, dy);
      const rows = needed("x", 0, x);
      const groups = needed("counts", 2, counts);
      const transposeW = attrs["transposeW"] === true;
      return {
        x: () => callOp1(groupedMatMulOp, [upstream, needed("w", 1, w), groups], { transposeW: !transposeW }),
        w: () => callOp1(groupedOuterOp, transposeW ? [upstream, rows, groups] : [rows, upstream, groups]),
      };
    },
  },
  lower: (emitter, node) => {
    const [x, w, counts] = node.inputs;
    const groups = needed("counts", 2, counts);
    const rows = emitter.pieces(needed("x", 0, x), groups);
    const weights = emitter.pieces(needed("w", 1, w), "each");
    const products = rows.map((piece, e) => {
      const weight = needed("w", e, weights[e]);
      return node.attrs["transposeW"] === true
        ? emitter.node("FusedMatMul", [piece, weight], { transB: { int: 1 } })
        : emitter.node("MatMul", [piece, weight]);
    });
    emitter.setPieces(needed("y", 0, node.outputs[0]), groups, products);
  },
});

/** Of each expert: its rows of x, transposed, times its rows of y. */
const groupedOuterOp: Op = defineOp({
  name: "MoeGroupedOuter",
  inputs: ["x", "y", "counts"],
  outputs: ([x, y, counts]) => [
    {
      shape: [
        needed("MoeGroupedOuter", "E", counts?.shape[0]),
        needed("MoeGroupedOuter", "D", x?.shape[1]),
        needed("MoeGroupedOuter", "F", y?.shape[1]),
      ],
      dtype: "float32",
    },
  ],
  eager: ([x, y, counts]) => {
    const groups = needed("counts", 2, counts);
    const left = splitByCounts(needed("x", 0, x), groups);
    const right = splitByCounts(needed("y", 1, y), groups);
    const parts = left.map((rows, e) => {
      const others = needed("y", e, right[e]);
      const shape: [number, number] = [rows.shape[1] ?? 0, others.shape[1] ?? 0];
      return rows.shape[0] === 0 ? tf.zeros(shape) : tf.matMul(rows, others, true);
    });
    return [tf.stack(parts)];
  },
  lower: (emitter, node) => {
    const [x, y, counts] = node.inputs;
    const groups = needed("counts", 2, counts);
    const right = emitter.pieces(needed("y", 1, y), groups);
    const products = emitter
      .pieces(needed("x", 0, x), groups)
      .map((piece, e) =>
        emitter.node("FusedMatMul", [piece, needed("y", e, right[e])], { transA: { int: 1 } }),
      );
    emitter.setPieces(needed("dw", 0, node.outputs[0]), "each", products);
  },
});

export const groupedOps = [groupedMatMulOp, groupedOuterOp];

/**
 * Each expert's rows times its own matrix; no padding, empty experts allowed.
 * @param x [R, D], rows sorted by expert
 * @param w [E, D, F]
 * @param counts [E] int32, rows of each expert; rows behind them all are no expert's and must not be read (zero but on the native engine)
 * @returns [R, F]
 */
export function groupedMatMul(x: Tensor, w: Tensor, counts: Tensor): Tensor {
  return callOp1(groupedMatMulOp, [x, w, counts], { transposeW: false });
}

/**
 * The sum of each expert's rows.
 * @param x [R, D], rows sorted by expert
 * @param counts [E] int32, rows of each expert; rows behind them all do not count
 * @returns [E, D], zeros of an expert without rows
 */
export function groupedSum(x: Tensor, counts: Tensor): Tensor {
  const [R = 0, D = 0] = x.shape;
  const [E = 0] = counts.shape;
  return tf.reshape(callOp1(groupedOuterOp, [tf.ones([R, 1]), x, counts]), [E, D]);
}

/** The rows of each group, as views of the list. Eager only: it reads the counts. */
function splitByCounts(x: Tensor, counts: Tensor): Tensor[] {
  const width = sizeOf(x.shape.slice(1));
  let start = 0;
  return Array.from(counts.dataSync(), (count) => {
    const rows = count === 0 ? tf.zeros([0, width]) : tf.slice(x, [start, 0], [count, width]);
    start += count;
    return rows;
  });
}
