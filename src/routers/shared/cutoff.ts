import { tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import type { TensorsOf } from "../../model/router.ts";

/** Share of the old value in the running mean of cut-off scores. */
export const KEEP = 0.99;

/** A running mean of cut-off scores. @param shape [E], or [] for one of all */
export function cutoffState(shape: readonly number[]) {
  // The sum is divided by the weight: a mean that is right from the first step on.
  return { cutoff: { shape, initial: 0 }, cutoff_weight: { shape: [], initial: 0 } };
}

type CutoffState = TensorsOf<ReturnType<typeof cutoffState>>;

/** The mean so far; 0 before the first step. */
export function thresholdOf(state: CutoffState): Tensor {
  return tf.div(state.cutoff, tf.maximum(state.cutoff_weight, 1e-12));
}

/** The state after a step with this cut-off. @param keep share of the old value */
export function nextCutoff(state: CutoffState, cutoff: Tensor, keep = KEEP): CutoffState {
  return {
    cutoff: runningMean(state.cutoff, cutoff, keep),
    cutoff_weight: runningMean(state.cutoff_weight, tf.scalar(1), keep),
  };
}

/** keep * old + (1 - keep) * fresh */
function runningMean(old: Tensor, fresh: Tensor, keep: number): Tensor {
  return tf.add(tf.mul(old, keep), tf.mul(fresh, 1 - keep));
}
