import type { ModelSettings } from "../config/settings.ts";
import { tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import type { AttentionParameters } from "./attention.ts";
import { filterToken, type FilterPast } from "./localized-filter.ts";
import { normalise } from "./norm.ts";

/** What a layer kept of the tokens before a new one of each sequence; all sequences are equally far. */
export interface LayerPast {
  /** [B, H, T, d] keys at their positions, and values; of positions to come anything finite. */
  readonly keys: Tensor;
  readonly values: Tensor;
  /** [1, 1, 1, T + 1], added to scores: 0 where there is a token before, and at the end for the new one itself, else -1e30. */
  readonly mask: Tensor;
  /** [1, 1, d/2] each, of the new token's position. */
  readonly cos: Tensor;
  readonly sin: Tensor;
  /** Where queries and keys come from the filtered tokens. */
  readonly filter: FilterPast | undefined;
}

/** What is to be kept of the new tokens. */
export interface LayerMade {
  /** [B, H, d] */
  readonly key: Tensor;
  readonly value: Tensor;
  readonly filter: FilterPast | undefined;
}

/**
 * Self-attention of one new token of each sequence over itself and those before it, with keys and values that were kept: row by row what
 * `selfAttention` gives at that position of the whole sequence.
 * @param h [B, D], normalised
 * @returns y [B, D]
 */
export function attendToPast(
  h: Tensor,
  parameters: AttentionParameters,
  model: ModelSettings,
  past: LayerPast,
): { readonly y: Tensor; readonly made: LayerMade } {
  const [B = 0, D = 0] = h.shape;
  const { heads: H } = model;
  const d = D / H;
  const T = past.keys.shape[2] ?? 0;
  const local = filtered(h, parameters, model, past);
  const positioned = (weight: Tensor, gain: Tensor | undefined): Tensor => {
    const projected = tf.matMul(local.h, weight); // [B, D]
    const normed = model.qkNorm ? normalise(projected, gain, model) : projected; // over all of D
    return turned(tf.reshape(normed, [B, H, d]), past);
  };
  const q = positioned(parameters.query, parameters.queryNorm); // [B, H, d]
  const key = positioned(parameters.key, parameters.keyNorm); // [B, H, d]
  const value = tf.reshape(tf.matMul(h, parameters.value), [B, H, d]);
  const query = tf.reshape(q, [B, H, 1, d]);
  const before = tf.matMul(query, past.keys, false, true); // [B, H, 1, T]
  const itself = tf.reshape(tf.sum(tf.mul(q, key), -1), [B, H, 1, 1]);
  const scores = tf.mul(tf.concat([before, itself], 3), 1 / Math.sqrt(d)); // [B, H, 1, T + 1]
  const probs = tf.softmax(tf.add(scores, past.mask));
  const ofPast = tf.matMul(tf.slice(probs, [0, 0, 0, 0], [B, H, 1, T]), past.values); // [B, H, 1, d]
  const own = tf.mul(tf.slice(probs, [0, 0, 0, T], [B, H, 1, 1]), tf.reshape(value, [B, H, 1, d]));
  const sideBySide = tf.reshape(tf.add(ofPast, own), [B, D]);
  return {
    y: tf.matMul(sideBySide, parameters.output),
    made: { key, value, filter: local.kept },
  };
}

/** What queries and keys are made of [B, D], and what the next token's filter needs. */
function filtered(
  h: Tensor,
  { filter }: AttentionParameters,
  model: ModelSettings,
  past: LayerPast,
): { readonly h: Tensor; readonly kept: FilterPast | undefined } {
  if (filter === undefined || past.filter === undefined) return { h, kept: undefined };
  const { filtered: local, narrow } = filterToken(h, filter, model, past.filter);
  return { h: local, kept: { token: h, narrow } };
}

/** The rotary embedding (engine/ops/rotary.ts) at one position for all rows. @param x [B, H, d] */
function turned(x: Tensor, { cos, sin }: LayerPast): Tensor {
  const [B = 0, H = 0, d = 0] = x.shape;
  const a = tf.slice(x, [0, 0, 0], [B, H, d / 2]);
  const b = tf.slice(x, [0, 0, d / 2], [B, H, d / 2]);
  return tf.concat([tf.sub(tf.mul(a, cos), tf.mul(b, sin)), tf.add(tf.mul(b, cos), tf.mul(a, sin))], 2);
}
