import { tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";
import { fixedRouting, needsSeveralExperts } from "../shared/common.ts";

/**
 * Experts in turn: the k-th expert of token s is (s K + k) mod E, gates 1/K. A control with a perfectly even load and nothing of the token in it; where E divides
 * T K, it is a fixed table of positions.
 */
export default defineRouter({
  name: "round-robin",
  paper: "control; MegaBlocks' uniform_expert_assignment",
  summary: "Experts in turn, whatever the token: an even load without learning.",
  problems: (_, model) => needsSeveralExperts("round-robin", model),
  causal: true,
  tokenwise: false,
  wantsBalanceLoss: false,
  interchangeable: false,
  flopsPerToken: () => 0,
  route: (_, { B, T, E, K }) => {
    const slots = Int32Array.from({ length: B * T * K }, (__, slot) => slot % E);
    return fixedRouting(tf.tensor2d(slots, [B * T, K], "int32"));
  },
});
