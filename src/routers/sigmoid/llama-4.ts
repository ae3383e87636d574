import { z } from "zod";
import { topKIndices } from "../../engine/ops/discrete.ts";
import { takeAlongLast } from "../../engine/ops/rows.ts";
import { tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts } from "../shared/common.ts";
import { shareOfSum } from "../shared/score-routing.ts";

/**
 * The routing of Llama 4: the K largest logits (1, in the released models) choose, gates are their sigmoids as they are, and an always-on expert stands
 * beside. A departure: Llama 4 multiplies the gate into what goes into an expert, E(g x); here it weighs what comes out, g E(x), as for every router.
 * How Llama 4 was balanced is not published; the shared balance loss gets the sigmoids divided by their sum.
 */
export default defineRouter({
  name: "llama-4",
  paper: "Llama 4 (Meta, 2025): no paper; its code in transformers (Llama4Router, Llama4TextMoe)",
  summary: "Top-k of the logits with their sigmoids as gates, beside an always-on expert.",
  options: z.strictObject({
    experts: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe("Always-on experts beside the routed ones, of the same width."),
  }),
  problems: (_, model) => needsSeveralExperts("llama-4", model),
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  alwaysOnExperts: ({ experts }) => experts,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters }, { K }) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const scores = tf.sigmoid(logits); // [S, E]
    // By the logits: sigmoids that are 1 to the last bit would tie.
    const expert = topKIndices(logits, K); // [S, K]
    return {
      assignment: { kind: "token-choice", expert, gate: takeAlongLast(scores, expert) },
      logits,
      probs: shareOfSum(scores),
    };
  },
});
