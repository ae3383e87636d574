import { z } from "zod";
import { tf } from "../../engine/tf.ts";
import { chooseRenormalised } from "../../model/gating.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts, renormalisedNeedsTwo } from "../shared/common.ts";
import { initScaleOption, scaledStart, type ScoresOf } from "../shared/match-linear.ts";

const start = scaledStart({ router: "attention-static", scoresOf });

/**
 * A control for the attention router (its authors never ran it): the correlation between experts is learned, but the same
 * for every token. P = C v with v = x W and a trained matrix C [E, E], without a softmax; the rest as in `attention`. C W is
 * a linear router: what differs from `linear` is the path of training and the start, not what can be said.
 */
export default defineRouter({
  name: "attention-static",
  paper: "control for Yuan 2.0-M32, arXiv 2405.17976, section 3",
  summary: "A learned expert-correlation matrix that is the same for every token: a control.",
  options: z.strictObject({ initScale: initScaleOption("C and W") }),
  problems: (options, model) => {
    const found = [...needsSeveralExperts("attention-static", model), ...renormalisedNeedsTwo(model)];
    return found.length > 0 ? found : start.problems(options, model);
  },
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: (sizes, options) => {
    const { D, E, initStd } = sizes;
    const std = initStd * start.scale(sizes, options);
    return { correlation: { shape: [E, E], std }, value: { shape: [D, E], std } };
  },
  flopsPerToken: ({ D, E }) => 2 * D * E + 2 * E * E,
  solved: start.solved,
  takesSelectionBias: true,
  route: ({ x, selectionBias, parameters }, { K }) => {
    const v = tf.matMul(x, parameters.value); // [S, E]
    const scores = tf.matMul(v, parameters.correlation, false, true); // [S, E]: sum over j of C_ij v_j
    return {
      assignment: chooseRenormalised(scores, K, selectionBias),
      logits: scores,
      probs: tf.softmax(scores),
    };
  },
});

/** P of random tokens with both weights multiplied by m: m^2 times P. */
function scoresOf(E: number): ScoresOf {
  return ({ project, weights }) => {
    const correlation = weights(E * E);
    const v = project();
    const scores = new Float64Array(v.length);
    for (let start = 0; start < v.length; start += E) {
      for (let i = 0; i < E; i++) {
        for (let j = 0; j < E; j++) {
          const product = (correlation[i * E + j] ?? 0) * (v[start + j] ?? 0);
          scores[start + i] = (scores[start + i] ?? 0) + product;
        }
      }
    }
    return (m) => scores.map((score) => m * m * score);
  };
}
