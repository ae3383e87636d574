import { sizeOf } from "../../core/axes.ts";
import { tf } from "../tf.ts";
import type { Tensor } from "../types.ts";
import { callOp, defineOp, needed, type Op } from "./define.ts";

/** y [.., D] and 1/rms [.., 1]. */
const rmsNormOp = defineOp({
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
    run: ([dy], saved) => {
      // Made here, not when first asked for: tfjs asks inside a tidy(), which would dispose of the other one.
      const [dx, dgain] = callOp(rmsNormGradientOp, [needed("MoeRmsNorm", "dy", dy), ...saved]);
      return { x: () => needed(GRADIENT, "dx", dx), gain: () => needed(GRADIENT, "dgain", dgain) };
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

const GRADIENT = "MoeRmsNormGradient";

/**
 * With r = 1/rms: dx = r (dy gain) - x r^3 mean(dy gain x), [.., D], and dgain = sum over rows of dy x r, [D]. Both sums are
 * products of dy x with a vector, which a matrix multiply does in one pass over memory.
 */
const rmsNormGradientOp: Op = defineOp({
  name: GRADIENT,
  inputs: ["dy", "x", "gain", "inverse"],
  outputs: ([, x, gain]) => [needed(GRADIENT, "x", x), needed(GRADIENT, "gain", gain)],
  eager: ([dy, x, gain, inverse]) => {
    const D = needed(GRADIENT, "gain", gain).size;
    const rows = (tensor: Tensor | undefined, width: number): Tensor =>
      tf.reshape(needed(GRADIENT, "an input", tensor), [-1, width]);
    const upstream = rows(dy, D); // [S, D]
    const input = rows(x, D); // [S, D]
    const r = rows(inverse, 1); // [S, 1]
    const g = rows(gain, D); // [1, D]
    const product = tf.mul(upstream, input); // [S, D]
    const mean = tf.mul(tf.matMul(product, g, false, true), 1 / D); // [S, 1]
    const along = tf.mul(tf.mul(r, tf.mul(r, r)), mean); // [S, 1]
    const across = tf.mul(tf.mul(upstream, g), r); // [S, D]
    return [
      tf.reshape(tf.sub(across, tf.mul(input, along)), needed(GRADIENT, "x", x).shape),
      tf.reshape(tf.matMul(r, product, true), [D]),
    ];
  },
  lower: (emitter, node) => {
    const [dy = -1, x = -1, gain = -1, inverse = -1] = node.inputs;
    const [dx = -1, dgain = -1] = node.outputs;
    const { shape } = emitter.spec(x);
    const D = needed(GRADIENT, "D", shape.at(-1));
    const S = sizeOf(shape) / D;
    const rows = (value: number, width: number, count: number): string => {
      const name = emitter.useFull(value);
      return emitter.spec(value).shape.join() === `${count},${width}`
        ? name
        : emitter.node("Reshape", [name, emitter.ints([count, width])]);
    };
    const product = (a: string, b: string, how: { transA: number; transB: number; alpha: number }): string =>
      emitter.node("FusedMatMul", [a, b], {
        transA: { int: how.transA },
        transB: { int: how.transB },
        alpha: { float: how.alpha },
      });
    const mul = (a: string, b: string): string => emitter.node("Mul", [a, b]);
    const upstream = rows(dy, D, S);
    const input = rows(x, D, S);
    const r = rows(inverse, 1, S);
    const g = rows(gain, D, 1);
    const both = mul(upstream, input); // [S, D]
    const mean = { transA: 0, transB: 1, alpha: Math.fround(1 / D) };
    const along = mul(mul(r, mul(r, r)), product(both, g, mean)); // [S, 1]
    const across = mul(mul(upstream, g), r); // [S, D]
    const made = emitter.node("Sub", [across, mul(input, along)]);
    emitter.set(dx, shape.length === 2 ? made : emitter.node("Reshape", [made, emitter.ints([...shape])]));
    const sum = product(r, both, { transA: 1, transB: 0, alpha: 1 }); // [1, D]
    emitter.set(dgain, emitter.node("Reshape", [sum, emitter.ints([D])]));
  },
});

export const rmsNormOps = [rmsNormOp, rmsNormGradientOp];

/**
 * RMSNorm (Zhang and Sennrich, arXiv 1910.07467): x / sqrt(mean(x^2) + eps) * gain, over the last axis.
 * @param x [.., D]
 * @param gain [D]
 */
export function rmsNorm(x: Tensor, gain: Tensor, eps: number): Tensor {
  return needed("rmsNorm", "y", callOp(rmsNormOp, [x, gain], { eps })[0]);
}
