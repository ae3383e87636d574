import { tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";

/** No routing: a single expert takes every token with gate 1, a plain feed-forward network. The dense control. */
export default defineRouter({
  name: "dense",
  paper: "control",
  summary: "One expert takes every token: a dense model in the same harness.",
  problems: (_, model) => {
    const wrong = (["experts", "topK"] as const).filter((name) => model[name] !== 1);
    return wrong.map((name) => ({
      path: `model.${name}`,
      message: `is ${model[name]}, but the dense router has a single expert: set experts and topK to 1 and expertWidth to its whole width`,
    }));
  },
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: false,
  flopsPerToken: () => 0,
  route: (_, { B, T }) => ({ assignment: { kind: "dense", gate: tf.ones([B * T, 1]), everyExpert: true } }),
});
