import { topKIndices } from "../../engine/ops/discrete.ts";
import { putAlongLast, takeAlongLast } from "../../engine/ops/rows.ts";
import { detach, tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts } from "../shared/common.ts";
import { cutoffState, nextCutoff, thresholdOf } from "../shared/cutoff.ts";

/**
 * The K T largest probabilities of a whole sequence, over tokens and experts together: K experts a token on average, more where the router is sure. Gates are the
 * probabilities as they are. Not causal: a later token may take a place from an earlier one.
 *
 * In causal evaluation a token gets the experts at or above the running mean of the lowest probability taken in training. The paper decodes otherwise, with a cache of the
 * experts of earlier tokens ("Online SeqTopK").
 */
export default defineRouter({
  name: "seq-top-k",
  paper: "SeqTopK, Wen et al., arXiv 2511.06494 (from its abstract)",
  summary: "The K T best pairs of token and expert in a sequence; it sees the future.",
  problems: (_, model) => needsSeveralExperts("seq-top-k", model),
  causal: false,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  state: () => cutoffState([]),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, mode, parameters, state }, { B, T, E, K }) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const probs = tf.softmax(logits); // [S, E]
    if (mode === "causal-eval") {
      const taken = tf.cast(tf.greaterEqual(detach(probs), thresholdOf(state)), "float32"); // [S, E]
      return { assignment: { kind: "dense", gate: tf.mul(probs, taken) }, logits, probs };
    }
    const pairs = tf.reshape(detach(probs), [B, T * E]);
    const index = topKIndices(pairs, K * T); // [B, K*T]
    const taken = putAlongLast(tf.ones([B, K * T]), index, T * E); // [B, T*E]
    const lowest = tf.slice(takeAlongLast(pairs, index), [0, K * T - 1], [B, 1]); // [B, 1]
    return {
      assignment: { kind: "dense", gate: tf.mul(probs, tf.reshape(taken, [B * T, E])) },
      logits,
      probs,
      state: nextCutoff(state, tf.mean(lowest)),
    };
  },
});
