import { tf } from "../tf.ts";
import type { Tensor } from "../types.ts";
import { callOp, defineOp, needed } from "./define.ts";

const NAME = "MoeLayerNorm";

/** y [.., D], mean [.., 1] and 1/std [.., 1]. */
export const layerNormOp = defineOp({
  name: NAME,
  inputs: ["x", "gain"],
  outputs: ([x]) => {
    const spec = needed(NAME, "x", x);
    const column = { shape: [...spec.shape.slice(0, -1), 1], dtype: "float32" } as const;
    return [spec, column, column];
  },
  eager: ([x, gain], attrs) => {
    const input = needed(NAME, "x", x);
    const mean = tf.mean(input, -1, true); // [.., 1]
    const centred = tf.sub(input, mean); // [.., D]
    const variance = tf.mean(tf.square(centred), -1, true); // [.., 1]
    const inverse = tf.rsqrt(tf.add(variance, attrs["eps"] as number)); // [.., 1]
    return [tf.mul(tf.mul(centred, inverse), needed(NAME, "gain", gain)), mean, inverse];
  },
  gradient: {
    saveInputs: ["x", "gain"],
    saveOutputs: [false, true, true],
    // With c = x - mean and r = 1/std: dx = r (dy gain - mean(dy gain)) - c r^3 mean(dy gain c), dgain = sum over rows of
    // dy c r. All sums are products with a vector, as in rms-norm.ts.
    run: ([dy], [x, gain, mean, inverse]) => {
      const D = needed(NAME, "gain", gain).size;
      const rows = (tensor: Tensor | undefined, width: number): Tensor =>
        tf.reshape(needed(NAME, "a saved tensor", tensor), [-1, width]);
      const upstream = rows(dy, D); // [S, D]
      const centred = tf.sub(rows(x, D), rows(mean, 1)); // [S, D]
      const r = rows(inverse, 1); // [S, 1]
      const g = rows(gain, D); // [1, D]
      const product = tf.mul(upstream, centred); // [S, D]
      const meanTimesGain = (tensor: Tensor): Tensor => tf.mul(tf.matMul(tensor, g, false, true), 1 / D); // [S, 1]
      return {
        x: () => {
          const along = tf.mul(tf.mul(r, tf.mul(r, r)), meanTimesGain(product)); // [S, 1]
          const across = tf.mul(tf.sub(tf.mul(upstream, g), meanTimesGain(upstream)), r); // [S, D]
          return tf.reshape(tf.sub(across, tf.mul(centred, along)), needed(NAME, "x", x).shape);
        },
        gain: () => tf.reshape(tf.matMul(r, product, true), [D]),
      };
    },
  },
  lower: (emitter, node) => {
    const [x, gain] = node.inputs;
    const names = emitter.nodes(
      "LayerNormalization",
      [emitter.useFull(needed("x", 0, x)), emitter.useFull(needed("gain", 0, gain))],
      3,
      { axis: { int: -1 }, epsilon: { float: node.attrs["eps"] as number }, stash_type: { int: 1 } },
    );
    names.forEach((name, index) => emitter.set(needed(NAME, index, node.outputs[index]), name));
  },
});

/**
 * LayerNorm without a bias (Ba et al., arXiv 1607.06450): (x - mean(x)) / sqrt(var(x) + eps) * gain over the last axis,
 * with var the mean square of what is left.
 * @param x [.., D]
 * @param gain [D]
 */
export function layerNorm(x: Tensor, gain: Tensor, eps: number): Tensor {
  return needed("layerNorm", "y", callOp(layerNormOp, [x, gain], { eps })[0]);
}
