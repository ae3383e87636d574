import { topKIndices } from "../../engine/ops/discrete.ts";
import { defineRouter } from "../../model/router.ts";
import { fixedRouting, needsSeveralExperts } from "../shared/common.ts";

/**
 * K experts drawn anew for every token at every step, uniformly and without a look at it: those with the K largest of E uniform
 * numbers. A control: experts that are never the same for a token can't specialise, so what a lasting assignment (learned, hashed or frozen)
 * is worth is the distance to it. Evaluation draws too, each batch from a stream of its own (docs/model.md).
 */
export default defineRouter({
  name: "redraw",
  paper: "random routing: Zuo et al., arXiv 2110.04260 (THOR); Fan et al., arXiv 2402.13089",
  summary: "Experts drawn anew at every step: a control in which no expert can specialise.",
  problems: (_, model) => needsSeveralExperts("redraw", model),
  causal: true,
  tokenwise: false,
  wantsBalanceLoss: false,
  noise: ({ B, T, E }) => ({
    scores: { shape: [B * T, E], distribution: "uniform", inEvaluation: true },
  }),
  flopsPerToken: () => 0,
  route: ({ noise }, { K }) => {
    if (noise.scores === undefined) throw new Error("redraw draws in every mode, but was given no numbers");
    return fixedRouting(topKIndices(noise.scores, K));
  },
});
