/** Whether two peers do the same training step: a peer must be right before it is fast. */

/** @import { StepReport } from "./protocol.mjs" */
/**
 * Relative differences of the first step's numbers, and of the second step's loss, which saw AdamW.
 * @typedef {{ loss: number, balance: number | null, z: number | null, gradient_norm: number, second_loss: number,
 *   agrees: boolean }} Agreement
 */

/** Largest relative difference of any of these numbers. */
export const TOLERANCE = 1e-4;

/** Steps that are compared. */
export const CHECKED_STEPS = 2;

/**
 * Compares the first two steps of a peer with the reference's, from the same weights and batches.
 * @param {readonly StepReport[]} reference
 * @param {readonly StepReport[]} found
 * @returns {Agreement}
 * @throws {Error} with fewer than two steps
 */
export function compareSteps(reference, found) {
  const [a, a2] = reference;
  const [b, b2] = found;
  if (a === undefined || a2 === undefined || b === undefined || b2 === undefined) {
    throw new Error(`two steps are compared, got ${reference.length} and ${found.length}`);
  }
  const differences = {
    loss: relative(a.loss, b.loss),
    balance: a.balance === null && b.balance === null ? null : relative(a.balance, b.balance),
    z: a.z === null && b.z === null ? null : relative(a.z, b.z),
    gradient_norm: relative(a.gradient_norm, b.gradient_norm),
    second_loss: relative(a2.loss, b2.loss),
  };
  // A difference that is not a number is no agreement.
  const agrees = Object.values(differences).every(
    (difference) => difference === null || difference < TOLERANCE,
  );
  return { ...differences, agrees };
}

/**
 * @param {number | null} reference
 * @param {number | null} found
 */
function relative(reference, found) {
  if (reference === null || found === null) return NaN;
  return Math.abs(found - reference) / Math.abs(reference);
}
