import type { ModelSettings } from "../config/settings.ts";
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
    return toHeads(rotary(tf.reshape(normed, [B, T, D]), headSize, model.rotaryBase));
  };
  const q = positioned(parameters.query, parameters.queryNorm);
  const k = positioned(parameters.key, parameters.keyNorm);
  const v = toHeads(tf.matMul(h, parameters.value));
  const mixed = scaledDotProduct(q, k, v, 1 / Math.sqrt(headSize)); // [B, H, T, d]
  const sideBySide = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B * T, D]); // [S, D]
  return tf.matMul(sideBySide, parameters.output);
}

/** Shorter sequences are worked on whole; others in two halves, the first of which leaves out the keys that it may not see. */
const SHORTEST_TO_HALVE = 128;

/**
 * softmax(scale q k^T + causal mask) v, with the backward pass written out: the inner product of each row's gradient with
 * its probabilities is that of the output's gradient with the output, which is H*T/d times smaller to compute.
 * @param q [B, H, T, d], as k and v
 * @returns [B, H, T, d]
 */
function scaledDotProduct(q: Tensor, k: Tensor, v: Tensor, scale: number): Tensor {
  const T = q.shape[2] ?? 0;
  const half = T < SHORTEST_TO_HALVE ? T : Math.ceil(T / 2);
  const blocks =
    half === T
      ? [{ begin: 0, end: T }]
      : [
          { begin: 0, end: half },
          { begin: half, end: T },
        ];
  const attend = tf.customGrad((...args) => {
    const [queries, keys, values, save] = args as unknown as [Tensor, Tensor, Tensor, tf.GradSaveFunc];
    const attended = blocks.map(({ begin, end }) => {
      const product = tf.matMul(rows(queries, begin, end), rows(keys, 0, end), false, true); // [B, H, block, end]
      const probs = tf.softmax(tf.add(tf.mul(product, scale), causalMask(begin, end))); // [B, H, block, end]
      return { probs, mixed: tf.matMul(probs, rows(values, 0, end)) }; // mixed [B, H, block, d]
    });
    const probs = attended.map((block) => block.probs);
    const mixed = joined(attended.map((block) => block.mixed)); // [B, H, T, d]
    save([queries, keys, values, mixed, ...probs]);
    return {
      value: mixed,
      gradFunc: (dy, saved) => {
        const [sq, sk, sv, out, ...ps] = saved as [Tensor, Tensor, Tensor, Tensor, ...Tensor[]];
        const along = tf.sum(tf.mul(dy, out), -1, true); // [B, H, T, 1]
        const parts = blocks.flatMap(({ begin, end }, block) => {
          const p = ps[block];
          if (p === undefined) return [];
          const upstream = rows(dy, begin, end); // [B, H, block, d]
          const dProbs = tf.matMul(upstream, rows(sv, 0, end), false, true); // [B, H, block, end]
          const dScores = tf.mul(p, tf.sub(dProbs, rows(along, begin, end))); // [B, H, block, end]
          return [
            {
              dq: tf.mul(tf.matMul(dScores, rows(sk, 0, end)), scale), // [B, H, block, d]
              dk: tf.mul(tf.matMul(dScores, rows(sq, begin, end), true), scale), // [B, H, end, d]
              dv: tf.matMul(p, upstream, true), // [B, H, end, d]
            },
          ];
        });
        return [
          joined(parts.map(({ dq }) => dq)),
          summedPrefixes(parts.map(({ dk }) => dk)),
          summedPrefixes(parts.map(({ dv }) => dv)),
        ];
      },
    };
  });
  return attend(q, k, v);
}

/** Zero where a query at begin..end may look, -1e30 at the keys after it. [end - begin, end] */
function causalMask(begin: number, end: number): Tensor {
  const masked = new Float32Array((end - begin) * end);
  for (let query = begin; query < end; query++) {
    masked.fill(-1e30, (query - begin) * end + query + 1, (query - begin + 1) * end);
  }
  return tf.tensor2d(masked, [end - begin, end]);
}

/** Positions begin..end of [B, H, T, n]. */
function rows(x: Tensor, begin: number, end: number): Tensor {
  const [B = 0, H = 0, T = 0, n = 0] = x.shape;
  return begin === 0 && end === T ? x : tf.slice(x, [0, 0, begin, 0], [B, H, end - begin, n]);
}

/** [B, H, block, d] each -> [B, H, T, d] */
function joined(blocks: readonly Tensor[]): Tensor {
  const [first] = blocks;
  return blocks.length === 1 && first !== undefined ? first : tf.concat([...blocks], 2);
}

/** Sum of [B, H, end, d] of growing length, the shorter ones filled up with zeros. -> [B, H, T, d] */
function summedPrefixes(prefixes: readonly Tensor[]): Tensor {
  const ends = prefixes.map((prefix) => prefix.shape[2] ?? 0);
  return joined(
    ends.map((end, block) => {
      const begin = ends[block - 1] ?? 0;
      return prefixes
        .slice(block)
        .map((prefix) => rows(prefix, begin, end))
        .reduce((total, part) => tf.add(total, part));
    }),
  );
}
