import { tf } from "../tf.ts";
import type { Tensor } from "../types.ts";
import { callOp1, defineOp, needed } from "./define.ts";

/** Sum along the last axis; the gradient is the softmax, where tfjs's own goes back through its maximum as well. */
export const logSumExpOp = defineOp({
  name: "MoeLogSumExp",
  inputs: ["x"],
  outputs: ([x]) => [{ shape: needed("MoeLogSumExp", "x", x).shape.slice(0, -1), dtype: "float32" }],
  eager: ([x]) => [tf.logSumExp(needed("MoeLogSumExp", "x", x), -1)],
  gradient: {
    saveInputs: ["x"],
    saveOutputs: [],
    run: ([dy], [x]) => ({
      x: () => tf.mul(tf.softmax(needed("x", 0, x)), tf.expandDims(needed("dy", 0, dy), -1)),
    }),
  },
  lower: (emitter, node) => {
    emitter.set(
      needed("y", 0, node.outputs[0]),
      emitter.node("ReduceLogSumExp", [emitter.useFull(needed("x", 0, node.inputs[0])), emitter.ints([-1])], {
        keepdims: { int: 0 },
      }),
    );
  },
});

/**
 * log sum exp along the last axis.
 * @param x [.., N]
 * @returns [..]
 */
export function logSumExp(x: Tensor): Tensor {
  return callOp1(logSumExpOp, [x]);
}
