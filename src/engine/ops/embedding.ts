import { oneHotRows } from "./one-hot.ts";
import { tf } from "../tf.ts";
import type { Tensor } from "../types.ts";
import { callOp1, defineOp, needed, type Op } from "./define.ts";

const embedOp: Op = defineOp({
  name: "MoeEmbed",
  inputs: ["table", "ids"],
  outputs: ([table, ids]) => [
    {
      shape: [...needed("MoeEmbed", "ids", ids).shape, needed("MoeEmbed", "width", table?.shape[1])],
      dtype: "float32",
    },
  ],
  eager: ([table, ids]) => [tf.gather(needed("MoeEmbed", "table", table), needed("MoeEmbed", "ids", ids))],
  gradient: {
    saveInputs: ["table", "ids"],
    saveOutputs: [],
    run: ([dy], [table, ids]) => ({
      table: () =>
        callOp1(embedGradientOp, [needed("MoeEmbed", "dy", dy), needed("MoeEmbed", "ids", ids)], {
          V: needed("MoeEmbed", "table", table).shape[0],
        }),
    }),
  },
  lower: (emitter, node) => {
    const [table, ids] = node.inputs;
    emitter.set(
      needed("MoeEmbed", "y", node.outputs[0]),
      emitter.node(
        "Gather",
        [emitter.useFull(needed("table", 0, table)), emitter.useFull(needed("ids", 0, ids))],
        {
          axis: { int: 0 },
        },
      ),
    );
  },
});

/**
 * Sum of rows by token id, [V, D]. Lowered to a one-hot multiply: ONNX Runtime's ScatterND with addition races on
 * repeated indices when it has more than one thread.
 */
const embedGradientOp = defineOp({
  name: "MoeEmbedGradient",
  inputs: ["dy", "ids"],
  outputs: ([dy], attrs) => [
    { shape: [attrs["V"] as number, needed("MoeEmbedGradient", "width", dy?.shape[1])], dtype: "float32" },
  ],
  eager: ([dy, ids], attrs) => {
    const hot = tf.oneHot(needed("ids", 0, ids), attrs["V"] as number, 1, 0, "float32"); // [S, V]
    return [tf.matMul(hot, needed("dy", 0, dy), true)];
  },
  lower: (emitter, node) => {
    const [dy, ids] = node.inputs;
    const hot = oneHotRows(emitter, emitter.useFull(needed("ids", 0, ids)), node.attrs["V"] as number); // [S, V]
    emitter.set(
      needed("MoeEmbedGradient", "y", node.outputs[0]),
      emitter.node("FusedMatMul", [hot, emitter.useFull(needed("dy", 0, dy))], { transA: { int: 1 } }),
    );
  },
});

export const embeddingOps = [embedOp, embedGradientOp];

/**
 * Rows of a table.
 * @param table [V, D]
 * @param ids [S] int32
 * @returns [S, D]
 */
export function embed(table: Tensor, ids: Tensor): Tensor {
  return callOp1(embedOp, [table, ids]);
}
