import { z } from "zod";
import { sumsBefore } from "../../engine/ops/discrete.ts";
import { tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import type { RouterSizes, RoutingMode } from "../../model/router.ts";

/** Options of a router whose experts have room for few tokens. */
export const capacityOptions = {
  capacityFactor: z
    .number()
    .positive()
    .max(64)
    .default(1.25)
    .describe(
      "Room of an expert in training, times an even share of the sequence; what finds no room is dropped.",
    ),
  evaluationCapacityFactor: z.number().positive().max(64).default(2).describe("The same in evaluation."),
};

/** Tokens of a sequence that an expert has room for: factor * K T / E, rounded up. */
export function capacityOf(
  { T, E, K }: Pick<RouterSizes, "T" | "E" | "K">,
  mode: RoutingMode,
  factors: { readonly capacityFactor: number; readonly evaluationCapacityFactor: number },
): number {
  const factor = mode === "train" ? factors.capacityFactor : factors.evaluationCapacityFactor;
  return Math.ceil((factor * K * T) / E);
}

/**
 * Who finds room: of those that want an expert, the first of each sequence. A sequence is a group of its own (in the papers, a batch or a part of it), so that
 * evaluation sees no other sequence, and whoever is dropped is so by tokens before it.
 * @param wanted [S, E], 1 where a token wants an expert, else 0
 * @param taken [B, 1, E] or 0: places that are taken already
 * @returns [S, E], 1 where there is room, without a gradient
 */
export function withinCapacity(
  wanted: Tensor,
  capacity: number,
  { B, T, E }: Pick<RouterSizes, "B" | "T" | "E">,
  taken: Tensor | number = 0,
): Tensor {
  const place = sumsBefore(tf.reshape(wanted, [B, T, E]), 1); // [B, T, E], from 0
  const hasRoom = tf.less(tf.add(place, taken), capacity);
  return tf.mul(wanted, tf.reshape(tf.cast(hasRoom, "float32"), [B * T, E]));
}
