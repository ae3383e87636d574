import type { ModelSettings } from "../config/settings.ts";
import { tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import { normalise } from "./norm.ts";

/** A layer's localized filter. */
export interface FilterParameters {
  /** [2D, D/2], for a token's predecessor and the token itself, side by side. */
  readonly first: Tensor;
  /** [D, D], the same for what comes out of the first. */
  readonly second: Tensor;
  /** [D]; undefined where the model's norm has no gain. */
  readonly norm: Tensor | undefined;
}

/**
 * Localized filtering (Yuan 2.0, arXiv 2311.15786, table 1): u = norm(h + conv2(conv1(h))), two causal convolutions of
 * kernel 2 along the sequence, D to D/2 to D. A token sees itself and the two before it in its own sequence.
 * Beyond the paper: no biases, as everywhere in this model.
 * @param h [S, D], normalised
 * @returns [S, D], from which queries and keys are made; values come from h.
 */
export function localizedFilter(
  h: Tensor,
  { first, second, norm }: FilterParameters,
  model: Pick<ModelSettings, "norm" | "normEps">,
  sizes: { readonly B: number; readonly T: number },
): Tensor {
  const narrow = tf.matMul(withPredecessor(h, sizes), first); // [S, D/2]
  const filtered = tf.matMul(withPredecessor(narrow, sizes), second); // [S, D]
  return normalise(tf.add(h, filtered), norm, model);
}

/** What the filter of a token needs of the one before it: zeros before the first. */
export interface FilterPast {
  /** [B, D], normalised */
  readonly token: Tensor;
  /** [B, D/2], what came out of its first convolution. */
  readonly narrow: Tensor;
}

/**
 * The same for one token of each sequence.
 * @param h [B, D], normalised
 * @returns filtered [B, D]; narrow [B, D/2], for the next token
 */
export function filterToken(
  h: Tensor,
  { first, second, norm }: FilterParameters,
  model: Pick<ModelSettings, "norm" | "normEps">,
  before: FilterPast,
): { readonly filtered: Tensor; readonly narrow: Tensor } {
  const narrow = tf.matMul(tf.concat([before.token, h], 1), first); // [B, D/2]
  const change = tf.matMul(tf.concat([before.narrow, narrow], 1), second); // [B, D]
  return { filtered: normalise(tf.add(h, change), norm, model), narrow };
}

/** Each token's predecessor in its sequence (zeros before the first) beside the token. [S, n] -> [S, 2n] */
function withPredecessor(x: Tensor, { B, T }: { readonly B: number; readonly T: number }): Tensor {
  const width = x.shape[1] ?? 0;
  const sequences = tf.reshape(x, [B, T, width]); // [B, T, n]
  const earlier = tf.slice(sequences, [0, 0, 0], [B, T - 1, width]); // [B, T - 1, n]
  const shifted = tf.concat([tf.zeros([B, 1, width]), earlier], 1); // [B, T, n]
  return tf.concat([tf.reshape(shifted, [B * T, width]), x], 1);
}
