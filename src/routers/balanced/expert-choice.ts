import { z } from "zod";
import { topKIndices } from "../../engine/ops/discrete.ts";
import { takeAlongLast } from "../../engine/ops/rows.ts";
import { detach, tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import { type Assignment, defineRouter, type RouterSizes } from "../../model/router.ts";
import { needsSeveralExperts } from "../shared/common.ts";
import { cutoffState, nextCutoff, thresholdOf } from "../shared/cutoff.ts";

/**
 * Each expert takes the tokens that it scores highest (Zhou et al.). Not causal: whether a token is taken depends on
 * later ones, so its loss is not a language-model loss. In causal evaluation expert e takes every token that it scores
 * at or above the running mean of its training cut-off.
 */
export default defineRouter({
  name: "expert-choice",
  paper: "Zhou et al., arXiv 2202.09368; OLMoE's comparison, arXiv 2409.02060, section 4.1",
  summary: "Experts choose their tokens: perfectly even load, but it sees the future.",
  options: z.strictObject({
    scope: z
      .enum(["sequence", "batch"])
      .default("sequence")
      .describe(
        "Experts choose among the tokens of each sequence (capacity K*T/E), or of the whole batch (K*S/E).",
      ),
  }),
  problems: ({ scope }, model, data) => {
    const pool = scope === "sequence" ? data.sequenceLength : data.sequenceLength * data.batchSequences;
    const tokens = model.topK * pool;
    const message =
      `is ${model.experts}, but expert-choice gives each expert topK * ${pool} / experts = ${tokens / model.experts} tokens of ` +
      `each ${scope}, which must be a whole number`;
    return [
      ...needsSeveralExperts("expert-choice", model),
      ...(tokens % model.experts === 0 ? [] : [{ path: "model.experts", message }]),
    ];
  },
  causal: false,
  tokenwise: true,
  wantsBalanceLoss: false,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  state: ({ E }) => cutoffState([E]),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, mode, parameters, state }, sizes, { scope }) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const probs = tf.softmax(logits); // [S, E]
    if (mode === "causal-eval") {
      const taken = tf.cast(tf.greaterEqual(probs, thresholdOf(state)), "float32"); // [S, E]
      return { assignment: { kind: "dense", gate: tf.mul(probs, taken) }, logits, probs };
    }
    const groups = scope === "sequence" ? sizes.B : 1;
    const { assignment, cutoff } = chooseTokens(probs, groups, sizes);
    return {
      assignment,
      logits,
      probs,
      state: nextCutoff(state, cutoff),
    };
  },
});

/**
 * Each expert's best tokens inside each group of neighbouring tokens.
 * @param probs [S, E]
 * @returns the assignment [E, C], and cutoff [E]: each expert's lowest accepted score, mean over groups
 */
export function chooseTokens(
  probs: Tensor,
  groups: number,
  { B, T, E, K }: Pick<RouterSizes, "B" | "T" | "E" | "K">,
): { assignment: Assignment; cutoff: Tensor } {
  const pool = (B * T) / groups;
  const capacity = (K * pool) / E;
  const byExpert = tf.transpose(tf.reshape(probs, [groups, pool, E]), [2, 0, 1]); // [E, groups, pool]
  const index = topKIndices(byExpert, capacity); // [E, groups, capacity]
  const gate = takeAlongLast(byExpert, index); // [E, groups, capacity]
  const starts = Int32Array.from({ length: groups }, (_, group) => group * pool);
  const token = tf.add(index, tf.tensor(starts, [1, groups, 1], "int32")); // [E, groups, capacity]
  const lowest = tf.slice(detach(gate), [0, 0, capacity - 1], [E, groups, 1]);
  return {
    assignment: {
      kind: "expert-choice",
      token: tf.reshape(token, [E, groups * capacity]),
      gate: tf.reshape(gate, [E, groups * capacity]),
    },
    cutoff: tf.mean(tf.reshape(lowest, [E, groups]), 1),
  };
}
