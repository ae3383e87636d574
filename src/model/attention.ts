import { rotaryBaseOf } from "./rotary-base.ts";
import type { ModelSettings } from "../config/settings.ts";
import { causalAttention } from "../engine/ops/attention.ts";
import { rotary } from "../engine/ops/rotary.ts";
import { tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import { type FilterParameters, localizedFilter } from "./localized-filter.ts";
import { normalise } from "./norm.ts";

/** A layer's attention parameters. */
export interface AttentionParameters {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly output: Tensor;
  /** [D], with QK-norm of a kind that has a gain. */
  readonly queryNorm: Tensor | undefined;
  readonly keyNorm: Tensor | undefined;
  /** Where queries and keys come from the filtered tokens. */
  readonly filter: FilterParameters | undefined;
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
  const { width: D, heads: H } = model;
  const headSize = D / H;
  const { filter } = parameters;
  const local = filter === undefined ? h : localizedFilter(h, filter, model, sizes); // [S, D]
  const toHeads = (x: Tensor): Tensor => tf.transpose(tf.reshape(x, [B, T, H, headSize]), [0, 2, 1, 3]); // [B, H, T, d]
  const positioned = (weight: Tensor, gain: Tensor | undefined): Tensor => {
    const projected = tf.matMul(local, weight); // [S, D]
    const normed = model.qkNorm ? normalise(projected, gain, model) : projected; // over all of D
    return toHeads(rotary(tf.reshape(normed, [B, T, D]), headSize, rotaryBaseOf(model)));
  };
  const q = positioned(parameters.query, parameters.queryNorm);
  const k = positioned(parameters.key, parameters.keyNorm);
  const v = toHeads(tf.matMul(h, parameters.value));
  const mixed = causalAttention(q, k, v, 1 / Math.sqrt(headSize)); // [B, H, T, d]
  const sideBySide = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B * T, D]); // [S, D]
  return tf.matMul(sideBySide, parameters.output);
}
