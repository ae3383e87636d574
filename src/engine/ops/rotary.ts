import { tf } from "../tf.ts";
import type { Tensor } from "../types.ts";
import { callOp1, defineOp, needed } from "./define.ts";

/** attrs: T, headSize, base, direction (1 rotates forward, -1 back). */
export const rotaryOp = defineOp({
  name: "MoeRotary",
  inputs: ["x"],
  outputs: ([x]) => [needed("MoeRotary", "x", x)],
  eager: ([x], attrs) => {
    const input = needed("MoeRotary", "x", x); // [B, T, D]
    const { T, headSize, cos, sin } = rotaryTables(attrs);
    const heads = tf.reshape(input, [-1, T, (input.shape[2] ?? 0) / headSize, headSize]); // [B, T, H, d]
    const [left, right] = tf.split(heads, 2, -1); // [B, T, H, d/2] each
    const c = tf.tensor(cos, [1, T, 1, headSize / 2]);
    const s = tf.tensor(sin, [1, T, 1, headSize / 2]);
    const a = needed("MoeRotary", "left half", left);
    const b = needed("MoeRotary", "right half", right);
    const turned = tf.concat([tf.sub(tf.mul(a, c), tf.mul(b, s)), tf.add(tf.mul(b, c), tf.mul(a, s))], -1);
    return [tf.reshape(turned, input.shape)];
  },
  gradient: {
    saveInputs: [],
    saveOutputs: [],
    // A rotation's transpose turns back.
    run: ([dy], _, attrs) => ({
      x: () =>
        callOp1(rotaryOp, [needed("MoeRotary", "dy", dy)], {
          ...attrs,
          direction: -(attrs["direction"] as number),
        }),
    }),
  },
  lower: (emitter, node) => {
    const { T, headSize, cos, sin } = rotaryTables(node.attrs);
    const x = needed("MoeRotary", "x", node.inputs[0]);
    const batch = needed("MoeRotary", "batch", emitter.spec(x).shape[0]);
    const positions = emitter.ints(Array.from({ length: batch * T }, (_, index) => index % T));
    const name = emitter.node(
      "RotaryEmbedding",
      [
        emitter.useFull(x),
        emitter.node("Reshape", [positions, emitter.ints([batch, T])]),
        emitter.floats([...cos], [T, headSize / 2]),
        emitter.floats([...sin], [T, headSize / 2]),
      ],
      { interleaved: { int: 0 } },
    );
    emitter.set(needed("MoeRotary", "y", node.outputs[0]), name);
  },
});

/**
 * Rotary position embedding (RoFormer, arXiv 2104.09864) in the rotate-half form, each head by itself.
 * Element j of a head's first half turns with element j of its second by t * base^(-2j/headSize) at position t.
 * @param x [B, T, D], heads side by side.
 */
export function rotary(x: Tensor, headSize: number, base: number): Tensor {
  return callOp1(rotaryOp, [x], { T: x.shape[1], headSize, base, direction: 1 });
}

export function rotaryTables(attrs: Readonly<Record<string, unknown>>): {
  T: number;
  headSize: number;
  cos: Float32Array;
  sin: Float32Array;
} {
  const T = attrs["T"] as number;
  const headSize = attrs["headSize"] as number;
  const half = headSize / 2;
  const cos = new Float32Array(T * half);
  const sin = new Float32Array(T * half);
  for (let position = 0; position < T; position++) {
    for (let j = 0; j < half; j++) {
      const angle = position * (attrs["base"] as number) ** ((-2 * j) / headSize);
      cos[position * half + j] = Math.cos(angle);
      sin[position * half + j] = Math.sin(angle) * (attrs["direction"] as number);
    }
  }
  return { T, headSize, cos, sin };
}
