import { chooseRenormalised, defineRouter, tf, z } from "moe-lab";

/** Softmax top-k over a linear layer, divided by a temperature: something that works, to be made into your idea. */
export default defineRouter({
  name: "NAME",
  paper: "none yet",
  summary: "Softmax top-k over a linear layer, with a temperature.",
  options: z.strictObject({
    temperature: z
      .number()
      .positive()
      .max(100)
      .default(1)
      .describe("Divides the logits: above 1 is flatter."),
  }),
  problems: (_, model) =>
    model.topK > 1
      ? []
      : [
          {
            path: "model.topK",
            message: "is 1, but gates that sum to 1 are then constant, and nothing is learned",
          },
        ],
  causal: true,
  wantsBalanceLoss: true,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters }, { K }, { temperature }) => {
    const logits = tf.div(tf.matMul(x, parameters.weight), temperature); // [S, E]
    return { assignment: chooseRenormalised(logits, K), logits, probs: tf.softmax(logits) };
  },
});
