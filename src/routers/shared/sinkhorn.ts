import { detach, tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";

/** Keeps a sum off zero, as Megatron's code does. */
const LEAST_SUM = 1e-8;

/**
 * exp(logits) with rows and columns scaled in turn, so that rows come to sum to 1/S and columns to 1/E (Sinkhorn's iteration): tokens spread evenly over the experts, as close
 * to the logits as that goes. No gradient.
 *
 * Rows are scaled by their largest first, which the iteration takes back, so that no exponential overflows. Rounds are fixed in number; Megatron's code goes on until the
 * scales move by less than 1e-4.
 * @param logits [S, E]
 * @returns [S, E]
 */
export function sinkhorn(logits: Tensor, rounds: number): Tensor {
  const [S = 0, E = 0] = logits.shape;
  const fixed = detach(logits);
  const cost = tf.exp(tf.sub(fixed, tf.max(fixed, 1, true))); // [S, E]
  let ofRow: Tensor = tf.ones([S, 1]);
  let ofColumn: Tensor = tf.ones([1, E]);
  for (let round = 0; round < rounds; round++) {
    ofRow = scaleTo(1 / S, tf.sum(tf.mul(cost, ofColumn), 1, true));
    ofColumn = scaleTo(1 / E, tf.sum(tf.mul(cost, ofRow), 0, true));
  }
  return tf.mul(tf.mul(cost, ofRow), ofColumn);
}

function scaleTo(share: number, sums: Tensor): Tensor {
  return tf.div(share, tf.add(sums, LEAST_SUM));
}
