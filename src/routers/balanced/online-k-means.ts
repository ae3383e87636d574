import { z } from "zod";
import { detach, tf } from "../../engine/tf.ts";
import { putAlongLast } from "../../engine/ops/rows.ts";
import type { Tensor } from "../../engine/types.ts";
import { chooseRenormalised } from "../../model/gating.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts, renormalisedNeedsTwo } from "../shared/common.ts";

/** Keeps a length off zero. */
const LEAST_SQUARE = 1e-12;

/**
 * Experts as clusters: each has the running mean of the hidden states that it was sent, and a token goes to the K experts whose means it has the largest cosines with. No trained
 * parameters; gates are a softmax over the chosen cosines divided by a temperature.
 *
 * Read in the paper: running mean and cosine. Not known to us: decay, temperature and start. Here a mean starts at a random vector of the length of a hidden state, and
 * moves only in steps in which its expert got tokens: m <- keep m + (1 - keep) (mean of its tokens). Neither a z-loss nor a balance loss.
 */
export default defineRouter({
  name: "online-k-means",
  paper: "Routers Learn the Geometry of Their Experts, Ahrac et al., arXiv 2605.12476 (from its abstract)",
  summary:
    "Top-k cosine with the running mean of what each expert was sent: a router without trained parameters.",
  options: z.strictObject({
    keep: z.number().min(0).lt(1).default(0.99).describe("Share of the old value in a running mean."),
    temperature: z
      .number()
      .positive()
      .max(1000)
      .default(0.1)
      .describe("Divides the cosines before the softmax."),
  }),
  problems: (_, model) => [...needsSeveralExperts("online-k-means", model), ...renormalisedNeedsTwo(model)],
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: false,
  // A state starts as a constant: the random start is a parameter, and its share in each mean a state.
  parameters: ({ D, E }) => ({ start: { shape: [D, E], std: 1, trained: false } }),
  state: ({ D, E }) => ({ mean: { shape: [D, E], initial: 0 }, start_share: { shape: [E], initial: 1 } }),
  // The cosines; the means cost as much again, in training alone.
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters, state, mode }, { E, K }, { keep, temperature }) => {
    const centre = tf.add(state.mean, tf.mul(parameters.start, state.start_share)); // [D, E]
    const cosines = tf.matMul(unitLength(x, 1), unitLength(detach(centre), 0)); // [S, E]
    const scores = tf.div(cosines, temperature); // [S, E]
    const assignment = chooseRenormalised(scores, K);
    const probs = tf.softmax(scores); // [S, E]
    if (assignment.kind !== "token-choice" || mode !== "train") return { assignment, probs };
    const chosen = putAlongLast(tf.onesLike(detach(assignment.gate)), assignment.expert, E); // [S, E]
    const counts = tf.sum(chosen, 0); // [E]
    const fresh = tf.div(tf.matMul(detach(x), chosen, true), tf.maximum(counts, 1)); // [D, E]
    const kept = tf.where(tf.greater(counts, 0), tf.fill([E], keep), tf.ones([E])); // [E]
    return {
      assignment,
      probs,
      state: {
        mean: tf.add(tf.mul(state.mean, kept), tf.mul(fresh, tf.sub(1, kept))),
        start_share: tf.mul(state.start_share, kept),
      },
    };
  },
});

function unitLength(x: Tensor, axis: number): Tensor {
  return tf.div(x, tf.sqrt(tf.add(tf.sum(tf.square(x), axis, true), LEAST_SQUARE)));
}
