import type { Attributes } from "../graph.ts";
import { tf } from "../tf.ts";
import type { Tensor } from "../types.ts";
import type { Emitter } from "./emitter.ts";
import { callOp1, defineOp, needed, type Op } from "./define.ts";

/**
 * Where the rows of an assignment list come from and go to. Row r works on token `tokenOfRow[r]`; token s has up to J
 * rows, `rowsOfToken[s, j]`, where R (one past the last) means none.
 */
export interface RowTable {
  /** [R] int32 */
  readonly tokenOfRow: Tensor;
  /** [S, J] int32 */
  readonly rowsOfToken: Tensor;
  /** Whether every token has exactly J rows, so that no entry is R. */
  readonly complete: boolean;
}

/** Which slot (token and rank, flattened [S, K]) each row holds, and the inverse. */
export interface SlotOrder {
  /** [R] int32 */
  readonly slotOfRow: Tensor;
  /** [S, K] int32; R for a slot that no row holds. */
  readonly rowOfSlot: Tensor;
  /** Whether every slot has a row. */
  readonly complete: boolean;
}

/** Dispatch and combine are each other's transpose; neither needs a scatter. */
const dispatchOp: Op = defineOp({
  name: "MoeDispatchRows",
  inputs: ["x", "tokenOfRow", "rowsOfToken"],
  outputs: ([x, tokenOfRow]) => [
    {
      shape: [
        needed("MoeDispatchRows", "R", tokenOfRow?.shape[0]),
        needed("MoeDispatchRows", "D", x?.shape[1]),
      ],
      dtype: "float32",
    },
  ],
  eager: ([x, tokenOfRow]) => [tf.gather(needed("x", 0, x), needed("tokenOfRow", 1, tokenOfRow))],
  gradient: {
    saveInputs: ["tokenOfRow", "rowsOfToken"],
    saveOutputs: [],
    run: ([dy], [tokenOfRow, rowsOfToken], attrs) => ({
      x: () =>
        callOp1(
          combineOp,
          [needed("dy", 0, dy), needed("tokenOfRow", 1, tokenOfRow), needed("rowsOfToken", 2, rowsOfToken)],
          attrs,
        ),
    }),
  },
  lower: (emitter, node) => {
    const [x, tokenOfRow] = node.inputs;
    emitter.setGathered(
      needed("rows", 0, node.outputs[0]),
      emitter.useFull(needed("x", 0, x)),
      needed("tokenOfRow", 1, tokenOfRow),
    );
  },
});

const combineOp: Op = defineOp({
  name: "MoeCombineRows",
  inputs: ["rows", "tokenOfRow", "rowsOfToken"],
  outputs: ([rows, , rowsOfToken]) => [
    {
      shape: [
        needed("MoeCombineRows", "S", rowsOfToken?.shape[0]),
        needed("MoeCombineRows", "D", rows?.shape[1]),
      ],
      dtype: "float32",
    },
  ],
  eager: ([rows, , rowsOfToken], attrs) => {
    const list = rowsIn(needed("rows", 0, rows), attrs);
    return [tf.sum(tf.gather(list, needed("rowsOfToken", 2, rowsOfToken)), 1)];
  },
  gradient: {
    saveInputs: ["tokenOfRow", "rowsOfToken"],
    saveOutputs: [],
    run: ([dy], [tokenOfRow, rowsOfToken], attrs) => ({
      rows: () =>
        callOp1(
          dispatchOp,
          [needed("dy", 0, dy), needed("tokenOfRow", 1, tokenOfRow), needed("rowsOfToken", 2, rowsOfToken)],
          attrs,
        ),
    }),
  },
  lower: (emitter, node) => {
    const [rows, , rowsOfToken] = node.inputs;
    const list = needed("rows", 0, rows);
    const table = needed("rowsOfToken", 2, rowsOfToken);
    const [, J = 0] = emitter.spec(table).shape;
    const source = emittedRows(emitter, list, node.attrs);
    const columns = Array.from({ length: J }, (_, j) =>
      emitter.node("Gather", [emitter.useFull(table), emitter.ints(j)], { axis: { int: 1 } }),
    ); // J times [S]
    const parts = columns.map((column) => emitter.node("Gather", [source, column], { axis: { int: 0 } })); // [S, D]
    const sum = parts.reduce((total, part) => emitter.node("Add", [total, part]));
    emitter.set(needed("y", 0, node.outputs[0]), sum);
  },
});

/**
 * The rows' inputs: x[tokenOfRow].
 * @param x [S, D]
 * @returns [R, D]
 */
export function dispatchRows(x: Tensor, table: RowTable): Tensor {
  return callOp1(dispatchOp, [x, table.tokenOfRow, table.rowsOfToken], { complete: table.complete });
}

/**
 * Each token's sum over its rows; zero where it has none.
 * @param rows [R, D]
 * @returns [S, D]
 */
export function combineRows(rows: Tensor, table: RowTable): Tensor {
  return callOp1(combineOp, [rows, table.tokenOfRow, table.rowsOfToken], { complete: table.complete });
}

const takeOp: Op = defineOp({
  name: "MoeTakeAlongLast",
  inputs: ["x", "index"],
  outputs: ([, index]) => [{ shape: needed("MoeTakeAlongLast", "index", index).shape, dtype: "float32" }],
  eager: ([x, index]) => {
    const source = needed("x", 0, x);
    const chosen = isAt(needed("index", 1, index), source.shape.at(-1) ?? 0); // [.., K, E]
    return [tf.sum(tf.where(chosen, tf.expandDims(source, -2), 0), -1)];
  },
  gradient: {
    saveInputs: ["x", "index"],
    saveOutputs: [],
    run: ([dy], [x, index]) => ({
      x: () =>
        callOp1(putOp, [needed("dy", 0, dy), needed("index", 1, index)], {
          extent: needed("x", 0, x).shape.at(-1),
        }),
    }),
  },
  lower: (emitter, node) => {
    const [x, index] = node.inputs;
    emitter.set(
      needed("y", 0, node.outputs[0]),
      emitter.node(
        "GatherElements",
        [emitter.useFull(needed("x", 0, x)), emitter.useFull(needed("index", 1, index))],
        {
          axis: { int: -1 },
        },
      ),
    );
  },
});

const putOp: Op = defineOp({
  name: "MoePutAlongLast",
  inputs: ["values", "index"],
  outputs: ([values], attrs) => [
    {
      shape: [...needed("MoePutAlongLast", "values", values).shape.slice(0, -1), attrs["extent"] as number],
      dtype: "float32",
    },
  ],
  eager: ([values, index], attrs) => {
    const chosen = isAt(needed("index", 1, index), attrs["extent"] as number); // [.., K, E]
    return [tf.sum(tf.where(chosen, tf.expandDims(needed("values", 0, values), -1), 0), -2)]; // [.., E]
  },
  gradient: {
    saveInputs: ["index"],
    saveOutputs: [],
    run: ([dy], [index]) => ({
      values: () => callOp1(takeOp, [needed("dy", 0, dy), needed("index", 0, index)]),
    }),
  },
  lower: (emitter, node) => {
    const [values, index] = node.inputs;
    const output = needed("y", 0, node.outputs[0]);
    const zeros = emitter.node("Expand", [emitter.floats(0), emitter.ints(emitter.spec(output).shape)]);
    // Indices along a row are distinct, so nothing is added and nothing can race.
    emitter.set(
      output,
      emitter.node(
        "ScatterElements",
        [zeros, emitter.useFull(needed("index", 1, index)), emitter.useFull(needed("values", 0, values))],
        { axis: { int: -1 } },
      ),
    );
  },
});

/** What indices of rows point into: the rows [R, D], and where not all are `complete` one of zeros behind them, which the index of none finds. */
export function rowsIn(rows: Tensor, attrs: Attributes): Tensor {
  return attrs["complete"] === true ? rows : tf.concat([rows, tf.zeros([1, rows.shape[1] ?? 0])], 0);
}

/** rowsIn, as ONNX. */
export function emittedRows(emitter: Emitter, rows: number, attrs: Attributes): string {
  if (attrs["complete"] === true) return emitter.useFull(rows);
  const [, D = 0] = emitter.spec(rows).shape;
  const zeros = emitter.floats(new Array<number>(D).fill(0), [1, D]);
  return emitter.node("Concat", [emitter.useFull(rows), zeros], { axis: { int: 0 } });
}

/** [.., K] to truth values [.., K, extent]; choosing by them, unlike multiplying, lets infinite numbers stay away. */
function isAt(index: Tensor, extent: number): Tensor {
  return tf.cast(tf.oneHot(tf.cast(index, "int32"), extent), "bool");
}

export const rowOps = [dispatchOp, combineOp, takeOp, putOp];

/**
 * x[.., index[.., k]], for distinct indices along each row.
 * @param x [.., E]
 * @param index [.., K] int32
 * @returns [.., K]
 */
export function takeAlongLast(x: Tensor, index: Tensor): Tensor {
  return callOp1(takeOp, [x, index]);
}

/**
 * The transpose of takeAlongLast: zeros but for y[.., index[.., k]] = values[.., k]; distinct indices along each row.
 * @param values [.., K]
 * @param index [.., K] int32
 * @returns [.., extent]
 */
export function putAlongLast(values: Tensor, index: Tensor, extent: number): Tensor {
  return callOp1(putOp, [values, index], { extent });
}
