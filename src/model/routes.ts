import { RunError } from "../core/errors.ts";
import { detach, tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import type { Assignment } from "./router.ts";

/**
 * The assignment with other experts for some tokens, at the weights that the router would give these.
 * @param routes [S, K] int32, distinct experts; -1 leaves the router its own.
 * @throws RunError for an assignment that does not say such weights.
 */
export function reroutedBy(assignment: Assignment, routes: Tensor): Assignment {
  if (assignment.kind !== "token-choice" || assignment.gateOf === undefined) {
    throw new RunError(
      "the router does not say which weights other experts would have",
      "Return `gateOf` with its assignment (docs/your-router.md).",
    );
  }
  const own = detach(assignment.expert); // [S, K]
  const expert = tf.where(tf.greaterEqual(routes, tf.scalar(0, "int32")), routes, own); // [S, K]
  return { ...assignment, expert, gate: assignment.gateOf(expert) };
}
