import { z } from "zod";
import { tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts } from "../shared/common.ts";
import { entropyLoss, entropyWeightOption, mostProbable } from "../shared/top-p.ts";

/**
 * As many experts as a token needs: p = softmax(x W), experts in the order of p until their sum reaches `p`, gates p as they are. An entropy loss keeps the router
 * from being so unsure that it needs them all. How many experts a token gets is not model.topK; choose `p` so that it is about as many, or `dynamic-top-p`.
 *
 * The threshold 0.4 and the weight 1e-4 of the entropy are the paper's, from memory. The loss is the mean over tokens, summed over layers.
 */
export default defineRouter({
  name: "top-p",
  paper: "Harder Tasks Need More Experts, Huang et al., arXiv 2403.07652, section 3",
  summary: "Each token gets the fewest experts whose probabilities reach a threshold together.",
  options: z.strictObject({
    p: z
      .number()
      .gt(0)
      .max(1)
      .default(0.4)
      .describe("Sum of probabilities at which no further expert is taken."),
    entropyWeight: entropyWeightOption(),
  }),
  problems: (_, model) => needsSeveralExperts("top-p", model),
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters }, _, { p, entropyWeight }) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const probs = tf.softmax(logits); // [S, E]
    return {
      assignment: { kind: "dense", gate: tf.mul(probs, mostProbable(probs, p)) },
      logits,
      probs,
      losses: entropyLoss(probs, entropyWeight),
    };
  },
});
