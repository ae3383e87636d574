import { z } from "zod";
import { routeBySoftmaxTopK } from "../model/gating.ts";
import { defineRouter } from "../model/router.ts";
import { need, needsSeveralExperts, renormalisedNeedsTwo } from "./common.ts";

const options = z.strictObject({
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
});

/** Softmax top-k: logits = x W, the K largest are chosen. */
export default defineRouter({
  name: "linear",
  paper: "Shazeer et al., arXiv 1701.06538; gates as in Mixtral or OLMoE (arXiv 2409.02060, section 2)",
  summary: "Classic softmax top-k over a linear layer; gates renormalised or not; frozen as a control.",
  options,
  problems: (raw, model) => {
    const { renormalise, frozen } = options.parse(raw);
    // A frozen router learns nothing anyway, but its gates would still be constant.
    return [
      ...needsSeveralExperts("linear", model),
      ...(renormalise && !frozen ? renormalisedNeedsTwo(model) : []),
    ];
  },
  causal: () => true,
  wantsBalanceLoss: true,
  alwaysOnExperts: () => 0,
  parameters: ({ D, E, initStd }, raw) => ({
    weight: { shape: [D, E], std: initStd, trained: !options.parse(raw).frozen },
  }),
  state: () => ({}),
  matrices: () => ({}),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  solved: () => ({}),
  route: ({ x, parameters }, { K }, raw) =>
    routeBySoftmaxTopK(x, need(parameters, "weight"), K, options.parse(raw).renormalise),
  olmoe: (raw) => ({ weight: "weight", normTopKProb: options.parse(raw).renormalise }),
});
