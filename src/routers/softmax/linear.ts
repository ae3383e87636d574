import { z } from "zod";
import { routeBySoftmaxTopK } from "../../model/gating.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts, renormalisedNeedsTwo } from "../shared/common.ts";

/** Softmax top-k: logits = x W, the K largest are chosen. */
export default defineRouter({
  name: "linear",
  paper: "Shazeer et al., arXiv 1701.06538; gates as in Mixtral or OLMoE (arXiv 2409.02060, section 2)",
  summary: "Classic softmax top-k over a linear layer; gates renormalised or not; frozen as a control.",
  options: z.strictObject({
    renormalise: z
      .boolean()
      .default(true)
      .describe(
        "Gates are a softmax over the chosen logits (Mixtral); false: the chosen probabilities as they are (OLMoE).",
      ),
    frozen: z
      .boolean()
      .default(false)
      .describe("The router keeps its random initialisation for ever: the control for learned routing."),
  }),
  problems: ({ renormalise, frozen }, model) => [
    ...needsSeveralExperts("linear", model),
    // A frozen router learns nothing anyway, but its gates would still be constant.
    ...(renormalise && !frozen ? renormalisedNeedsTwo(model) : []),
  ],
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: ({ D, E, initStd }, { frozen }) => ({
    weight: { shape: [D, E], std: initStd, trained: !frozen },
  }),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  takesSelectionBias: true,
  route: (input, { K }, { renormalise }) =>
    routeBySoftmaxTopK(input, input.parameters.weight, K, renormalise),
  olmoe: ({ renormalise }) => ({ weight: "weight", normTopKProb: renormalise }),
});
