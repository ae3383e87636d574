import { z } from "zod";
import { routeBySoftmaxTopK } from "../../model/gating.ts";
import { defineRouter } from "../../model/router.ts";
import { topKProblems } from "../shared/common.ts";

/**
 * Some experts process every token, unweighted; the others are routed as in `linear`.
 * The caller holds the cost equal by the number and width of experts: Yuan's Table 1 has 2 always-on and top-2 of 14, of
 * half the width, against top-2 of 8.
 */
export default defineRouter({
  name: "shared-expert",
  paper: "DeepSeekMoE, arXiv 2401.06066, section 3.2; Yuan 2.0-M32, arXiv 2405.17976, Table 1",
  summary: "n always-on experts beside softmax top-k.",
  options: z.strictObject({
    experts: z
      .int()
      .min(1)
      .max(64)
      .default(2)
      .describe("Always-on experts beside the routed ones, of the same width."),
    renormalise: z
      .boolean()
      .default(true)
      .describe("Gates of the routed experts are a softmax over the chosen logits."),
  }),
  problems: ({ renormalise }, model) => topKProblems("shared-expert", renormalise, model),
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  alwaysOnExperts: ({ experts }) => experts,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  takesSelectionBias: true,
  route: (input, { K }, { renormalise }) =>
    routeBySoftmaxTopK(input, input.parameters.weight, K, renormalise),
});
