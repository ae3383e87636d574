import { z } from "zod";
import { tf } from "../../engine/tf.ts";
import { chooseRenormalised } from "../../model/gating.ts";
import { defineRouter, type RouterSizes } from "../../model/router.ts";
import { needsSeveralExperts, renormalisedNeedsTwo } from "../shared/common.ts";

/**
 * A control for the attention router (its authors never ran it): the linear router with as many parameters, through a hidden
 * layer. logits = act(x W1) W2. The start is as sharp as the linear router's: W1 has std 1 / sqrt(D), so that the hidden
 * layer has the scale of x, and W2 the model's std times sqrt(D / hidden); with silu it is 0.6 times as sharp.
 */
export default defineRouter({
  name: "linear-wide",
  paper: "control for Yuan 2.0-M32, arXiv 2405.17976, section 3",
  summary: "Softmax top-k over two layers, with the attention router's number of parameters: a control.",
  options: z.strictObject({
    hidden: z
      .union([z.int().min(1).max(65_536), z.literal("match-attention")])
      .default("match-attention")
      .describe(
        'Width of the hidden layer; "match-attention" gives the router as many parameters as the attention router has.',
      ),
    activation: z
      .enum(["none", "silu"])
      .default("none")
      .describe("Between the two layers; with none the router is linear, only wider than it must be."),
  }),
  problems: (_, model) => [...needsSeveralExperts("linear-wide", model), ...renormalisedNeedsTwo(model)],
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: (sizes, options) => {
    const { D, E, initStd } = sizes;
    const hidden = hiddenOf(sizes, options);
    return {
      hidden: { shape: [D, hidden], std: 1 / Math.sqrt(D) },
      weight: { shape: [hidden, E], std: initStd * Math.sqrt(D / hidden) },
    };
  },
  // Two multiplies; SiLU is about 4 a number.
  flopsPerToken: (sizes, options) => {
    const hidden = hiddenOf(sizes, options);
    return 2 * hidden * (sizes.D + sizes.E) + (options.activation === "silu" ? 4 * hidden : 0);
  },
  solved: (sizes, options) =>
    options.hidden === "match-attention" ? { hidden: hiddenOf(sizes, options) } : {},
  takesSelectionBias: true,
  route: ({ x, selectionBias, parameters }, { K }, { activation }) => {
    const linear = tf.matMul(x, parameters.hidden); // [S, hidden]
    const hidden = activation === "silu" ? tf.mul(linear, tf.sigmoid(linear)) : linear;
    const logits = tf.matMul(hidden, parameters.weight); // [S, E]
    return { assignment: chooseRenormalised(logits, K, selectionBias), logits, probs: tf.softmax(logits) };
  },
});

/** The option's width; to match, the one at which hidden (D + E) is nearest to the attention router's 3 D E. */
function hiddenOf(
  { D, E }: Pick<RouterSizes, "D" | "E">,
  { hidden }: { readonly hidden: number | "match-attention" },
): number {
  return hidden === "match-attention" ? Math.max(1, Math.round((3 * D * E) / (D + E))) : hidden;
}
