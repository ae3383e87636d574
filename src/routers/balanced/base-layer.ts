import { z } from "zod";
import { topKIndices } from "../../engine/ops/discrete.ts";
import { putAlongLast, takeAlongLast } from "../../engine/ops/rows.ts";
import { tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts } from "../shared/common.ts";
import { sinkhorn } from "../shared/sinkhorn.ts";

const options = z.strictObject({
  sharpness: z
    .number()
    .positive()
    .max(1000)
    .default(10)
    .describe(
      "Multiplies the logits before Sinkhorn's iteration: the higher, the nearer to the best assignment.",
    ),
  rounds: z.int().min(1).max(64).default(16).describe("Times that rows and columns are scaled."),
});

/**
 * Every expert gets exactly S / E tokens of a batch in training, one expert a token, with sigmoid(x W) as gate; the assignment is to have the largest sum of logits (a linear
 * assignment problem). No balance loss. Evaluation takes the largest logit, and sees no other token.
 *
 * A departure: the paper solves the problem by an auction, whose loops no traced step can have. Here a sharp Sinkhorn matrix gives each expert its price, and experts, in turn,
 * take the S / E tokens left that have the largest share with them. That is even to the token, and near the best sum, not always the best. Since experts come in turn, they
 * are not interchangeable where it is close.
 */
export default defineRouter({
  name: "base-layer",
  paper: "BASE layers, Lewis et al., arXiv 2103.16716, section 3",
  summary: "An equal number of tokens for every expert in training, one expert a token.",
  options,
  problems: (_, model, { batchSequences, sequenceLength }) => {
    const tokens = batchSequences * sequenceLength;
    return [
      ...needsSeveralExperts("base-layer", model),
      ...(model.topK === 1
        ? []
        : [{ path: "model.topK", message: `is ${model.topK}, but base-layer sends a token to 1 expert` }]),
      ...(tokens % model.experts === 0
        ? []
        : [
            {
              path: "model.experts",
              message: `is ${model.experts}, but base-layer gives every expert an equal number of a batch's ${tokens} tokens`,
            },
          ]),
    ];
  },
  causal: true,
  tokenwise: true,
  causalTraining: false,
  wantsBalanceLoss: false,
  interchangeable: false,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters, mode }, _, { sharpness, rounds }) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const gates = tf.sigmoid(logits); // [S, E]
    const probs = tf.softmax(logits); // [S, E]
    if (mode !== "train") {
      const expert = topKIndices(logits, 1); // [S, 1]
      return {
        assignment: { kind: "token-choice", expert, gate: takeAlongLast(gates, expert) },
        logits,
        probs,
      };
    }
    const token = takeInTurn(sinkhorn(tf.mul(logits, sharpness), rounds)); // [E, S/E]
    const gate = takeAlongLast(tf.transpose(gates), token); // [E, S/E]
    return { assignment: { kind: "expert-choice", token, gate }, logits, probs };
  },
});

/**
 * Experts in their order take an equal number of tokens each, of those that are left the ones with the largest share with them.
 * @param plan [S, E], positive
 * @returns [E, S/E] int32: each token once
 */
export function takeInTurn(plan: Tensor): Tensor {
  const [S = 0, E = 0] = plan.shape;
  const share = tf.transpose(tf.div(plan, tf.add(tf.sum(plan, 1, true), 1e-30))); // [E, S]
  let isLeft: Tensor = tf.ones([1, S]);
  const taken = Array.from({ length: E }, (_, e) => {
    const own = tf.slice(share, [e, 0], [1, S]); // [1, S]
    // Those that are gone stand below 0, the least share.
    const index = topKIndices(tf.sub(tf.mul(tf.add(own, 1), isLeft), 1), S / E); // [1, S/E]
    isLeft = tf.sub(isLeft, putAlongLast(tf.ones([1, S / E]), index, S));
    return index;
  });
  return tf.concat(taken, 0);
}
