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
    run: ([dy], [x, gain, inverse]) => {
      const upstream = needed("MoeRmsNorm", "dy", dy);
      const scale = needed("MoeRmsNorm", "1/rms", inverse);
      const unit = tf.mul(needed("MoeRmsNorm", "x", x), scale); // [.., D]
      return {
        x: () => {
          const inner = tf.mul(upstream, needed("MoeRmsNorm", "gain", gain)); // [.., D]
          const along = tf.mean(tf.mul(inner, unit), -1, true); // [.., 1]
          return tf.mul(tf.sub(inner, tf.mul(unit, along)), scale);
        },
        gain: () =>
          tf.sum(
            tf.mul(upstream, unit),
            Array.from({ length: upstream.rank - 1 }, (_, axis) => axis),
          ),
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
