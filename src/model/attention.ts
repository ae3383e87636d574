import type { ModelSettings } from "../config/settings.ts";
import { rmsNorm } from "../engine/ops/rms-norm.ts";
import { rotary } from "../engine/ops/rotary.ts";
import { tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";

/** A layer's attention parameters. */
export interface AttentionParameters {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly output: Tensor;
  /** [D], with QK-norm. */
  readonly queryNorm: Tensor | undefined;
  readonly keyNorm: Tensor | undefined;
}

/**
 * Causal multi-head self-attention with rotary positions.
 * @param h [S, D], normalised
 * @returns [S, D]
 */
export function selfAttention(
  h: Tensor,
  parameters: AttentionParameters,
  model: ModelSettings,
  sizes: { readonly B: number; readonly T: number },
): Tensor {
  const { B, T } = sizes;
  const { width: D, heads: H, normEps } = model;
  const headSize = D / H;
  const toHeads = (x: Tensor): Tensor => tf.transpose(tf.reshape(x, [B, T, H, headSize]), [0, 2, 1, 3]); // [B, H, T, d]
  const positioned = (weight: Tensor, gain: Tensor | undefined): Tensor => {
    const projected = tf.matMul(h, weight); // [S, D]
    const normed = gain === undefined ? projected : rmsNorm(projected, gain, normEps); // over all of D
    return toHeads(rotary(tf.reshape(normed, [B, T, D]), headSize, model.rotaryBase));
  };
  const q = positioned(parameters.query, parameters.queryNorm);
  const k = positioned(parameters.key, parameters.keyNorm);
  const v = toHeads(tf.matMul(h, parameters.value));
  const mixed = scaledDotProduct(q, k, v, 1 / Math.sqrt(headSize)); // [B, H, T, d]
  const sideBySide = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B * T, D]); // [S, D]
  return tf.matMul(sideBySide, parameters.output);
}

/**
 * softmax(scale q k^T + causal mask) v, with the backward pass written out: the inner product of each row's gradient with
 * its probabilities is that of the output's gradient with the output, which is H*T/d times smaller to compute.
 * @param q [B, H, T, d], as k and v
 * @returns [B, H, T, d]
 */
function scaledDotProduct(q: Tensor, k: Tensor, v: Tensor, scale: number): Tensor {
  const T = q.shape[2] ?? 0;
  const masked = new Float32Array(T * T);
  for (let row = 0; row < T; row++) masked.fill(-1e30, row * T + row + 1, (row + 1) * T);
  const mask = tf.tensor2d(masked, [T, T]);
  const attend = tf.customGrad((...args) => {
    const [queries, keys, values, save] = args as unknown as [Tensor, Tensor, Tensor, tf.GradSaveFunc];
    const scores = tf.mul(tf.matMul(queries, keys, false, true), scale); // [B, H, T, T]
    const probs = tf.softmax(tf.add(scores, mask)); // [B, H, T, T]
    const mixed = tf.matMul(probs, values); // [B, H, T, d]
    save([queries, keys, values, probs, mixed]);
    return {
      value: mixed,
      gradFunc: (dy, saved) => {
        const [sq, sk, sv, p, out] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor];
        const along = tf.sum(tf.mul(dy, out), -1, true); // [B, H, T, 1]
        const dScores = tf.mul(p, tf.sub(tf.matMul(dy, sv, false, true), along)); // [B, H, T, T]
        return [
          tf.mul(tf.matMul(dScores, sk), scale),
          tf.mul(tf.matMul(dScores, sq, true), scale),
          tf.matMul(p, dy, true),
        ];
      },
    };
  });
  return attend(q, k, v);
}
