import { z } from "zod";
import { topKIndices } from "../../engine/ops/discrete.ts";
import { takeAlongLast } from "../../engine/ops/rows.ts";
import { tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts } from "../shared/common.ts";
import { sinkhorn } from "../shared/sinkhorn.ts";

/**
 * A balanced choice in training: the K largest entries of the Sinkhorn matrix of all tokens' logits choose, gates are softmax(x W) of the chosen as it is, or
 * sigmoid(x W) where K is 1 (as in Megatron). No balance loss. Training sees other tokens; evaluation takes the K largest logits and does not.
 */
export default defineRouter({
  name: "sinkhorn",
  paper: "S-BASE: Clark et al., arXiv 2202.01169, section 3; Megatron-LM's sinkhorn load balancing",
  summary: "Top-k of a Sinkhorn matrix in training, which is even over experts; of the logits in evaluation.",
  options: z.strictObject({
    rounds: z.int().min(1).max(64).default(8).describe("Times that rows and columns are scaled."),
  }),
  problems: (_, model) => needsSeveralExperts("sinkhorn", model),
  causal: true,
  tokenwise: true,
  causalTraining: false,
  wantsBalanceLoss: false,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters, mode }, { K }, { rounds }) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const probs = tf.softmax(logits); // [S, E]
    const expert = topKIndices(mode === "train" ? sinkhorn(logits, rounds) : logits, K); // [S, K]
    const gate = takeAlongLast(K === 1 ? tf.sigmoid(logits) : probs, expert); // [S, K]
    return { assignment: { kind: "token-choice", expert, gate }, logits, probs };
  },
});
