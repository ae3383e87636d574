import { tf } from "../../engine/tf.ts";
import { chooseRenormalised } from "../../model/gating.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts, renormalisedNeedsTwo } from "../shared/common.ts";

/**
 * Top-k of logits with noise that is learned: H_i = (x W_g)_i + n_i softplus((x W_noise)_i), n_i normal, in training alone; gates are a softmax over the K
 * largest H (equations 3 to 5). W_noise starts at zero, as in appendix A: noise of ln 2.
 *
 * Departures: W_g starts as every router's weight here, not at zero, where evaluation would tie. The shared balance loss takes the place of the paper's importance and load losses, with softmax(H) as
 * probabilities. Evaluation has no noise, which the paper does not say and its code does.
 */
export default defineRouter({
  name: "noisy-top-k",
  paper: "Shazeer et al., arXiv 1701.06538, section 2.1, equations 3 to 5",
  summary: "Softmax top-k with learned noise on the logits in training.",
  problems: (_, model) => [...needsSeveralExperts("noisy-top-k", model), ...renormalisedNeedsTwo(model)],
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: ({ D, E, initStd }) => ({
    weight: { shape: [D, E], std: initStd },
    noise_weight: { shape: [D, E], initial: 0 },
  }),
  noise: ({ B, T, E }) => ({ logits: { shape: [B * T, E], distribution: "normal" } }),
  flopsPerToken: ({ D, E }) => 4 * D * E,
  route: ({ x, parameters, noise, mode }, { K }) => {
    const clean = tf.matMul(x, parameters.weight); // [S, E]
    const spread = tf.softplus(tf.matMul(x, parameters.noise_weight)); // [S, E]
    const logits =
      mode === "train" && noise.logits !== undefined ? tf.add(clean, tf.mul(noise.logits, spread)) : clean;
    return { assignment: chooseRenormalised(logits, K), logits, probs: tf.softmax(logits) };
  },
});
