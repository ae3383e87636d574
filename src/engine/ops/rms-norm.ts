import { tf } from "../tf.ts";
import type { Tensor } from "../types.ts";
import { callOp, defineOp, needed } from "./define.ts";

/** y [.., D] and 1/rms [.., 1]. */
export const rmsNormOp = defineOp({
  name: "MoeRmsNorm",
  inputs: ["x", "gain"],
  outputs: ([x]) => {
    const spec = needed("MoeRmsNorm", "x", x);
    return [spec, { shape: [...spec.shape.slice(0, -1), 1], dtype: "float32" }];
  },
  eager: ([x, gain], attrs) => {
    const input = needed("MoeRmsNorm", "x", x);
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(input), -1, true), attrs["eps"] as number)); // [.., 1]
    return [tf.mul(tf.mul(input, inverse), needed("MoeRmsNorm", "gain", gain)), inverse];
  },
  gradient: {
    saveInputs: ["x", "gain"],
    saveOutputs: [false, true],
    // With r = 1/rms: dx = r (dy gain) - x r^3 mean(dy gain x) and dgain = sum over rows of dy x r. Both sums are products of
    // dy x with a vector, which a matrix multiply does in one pass over memory.
    run: ([dy], [x, gain, inverse]) => {
      const D = needed("MoeRmsNorm", "gain", gain).size;
      const rows = (tensor: Tensor | undefined, width: number): Tensor =>
        tf.reshape(needed("MoeRmsNorm", "a saved tensor", tensor), [-1, width]);
      const upstream = rows(dy, D); // [S, D]
      const input = rows(x, D); // [S, D]
      const r = rows(inverse, 1); // [S, 1]
      const g = rows(gain, D); // [1, D]
      const product = tf.mul(upstream, input); // [S, D]
      return {
        x: () => {
          const mean = tf.mul(tf.matMul(product, g, false, true), 1 / D); // [S, 1]
          const along = tf.mul(tf.mul(r, tf.mul(r, r)), mean); // [S, 1]
          const across = tf.mul(tf.mul(upstream, g), r); // [S, D]
          return tf.reshape(tf.sub(across, tf.mul(input, along)), needed("MoeRmsNorm", "x", x).shape);
        },
        gain: () => tf.reshape(tf.matMul(r, product, true), [D]),
      };
    },
  },
  lower: (emitter, node) => {
    const [x, gain] = node.inputs;
    const [y, inverse] = node.outputs;
    const [name, scale] = emitter.nodes(
      "SimplifiedLayerNormalization",
      [emitter.useFull(needed("x", 0, x)), emitter.useFull(needed("gain", 0, gain))],
      2,
      { axis: { int: -1 }, epsilon: { float: node.attrs["eps"] as number }, stash_type: { int: 1 } },
    );
    emitter.set(needed("y", 0, y), needed("y", 0, name));
    emitter.set(needed("y", 1, inverse), needed("y", 1, scale));
  },
});

/**
 * RMSNorm (Zhang and Sennrich, arXiv 1910.07467): x / sqrt(mean(x^2) + eps) * gain, over the last axis.
 * @param x [.., D]
 * @param gain [D]
 */
export function rmsNorm(x: Tensor, gain: Tensor, eps: number): Tensor {
  return needed("rmsNorm", "y", callOp(rmsNormOp, [x, gain], { eps })[0]);
}
