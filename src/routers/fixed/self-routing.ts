import { tf } from "../../engine/tf.ts";
import { chooseRenormalised } from "../../model/gating.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts, renormalisedNeedsTwo } from "../shared/common.ts";

/**
 * No router parameters: the first E numbers of a token's hidden state are the logits of its experts. The model learns to write there what it wants.
 *
 * Read in the paper: a designated subspace of the hidden state as logits, and no balance loss. Not known to us: which numbers, and whether before the norm;
 * here they are the first, of the normalised state that experts get. There is no z-loss, which would act on the state itself.
 */
export default defineRouter({
  name: "self-routing",
  paper: "Self-Routing, arXiv 2604.00421 (from its abstract)",
  summary: "Softmax top-k of the first E numbers of the hidden state: a router without parameters.",
  problems: (_, model) => {
    const { width, experts } = model;
    const message = `is ${experts}, but self-routing reads the logits of experts from a state of model.width (${width}) numbers`;
    return [
      ...needsSeveralExperts("self-routing", model),
      ...renormalisedNeedsTwo(model),
      ...(experts <= width ? [] : [{ path: "model.experts", message }]),
    ];
  },
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: false,
  interchangeable: false,
  flopsPerToken: () => 0,
  route: ({ x }, { B, T, E, K }) => {
    const logits = tf.slice(x, [0, 0], [B * T, E]); // [S, E]
    return { assignment: chooseRenormalised(logits, K), probs: tf.softmax(logits) };
  },
});
