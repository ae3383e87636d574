import { z } from "zod";
import { tf } from "../../engine/tf.ts";
import { chooseRenormalised } from "../../model/gating.ts";
import { defineRouter } from "../../model/router.ts";
import { attendExperts, attendExpertsFlops, attentionScores } from "../shared/attend-experts.ts";
import {
  CORRELATION_RANK,
  effectiveRank,
  extremeDeclared,
  extremeQueryWins,
} from "../shared/correlation-measures.ts";
import { needsSeveralExperts, renormalisedNeedsTwo } from "../shared/common.ts";
import { initScaleOption, scaledStart } from "../shared/match-linear.ts";

const options = z.strictObject({
  initScale: initScaleOption("W, W' and W''"),
  temperature: z
    .number()
    .positive()
    .max(1000)
    .default(1)
    .describe("Divides q_i k_j before the softmax; the paper has none (1)."),
});

const start = scaledStart({
  router: "attention",
  scoresOf: (E, { temperature }: z.output<typeof options>) => attentionScores(E, temperature),
  settings: ({ temperature }) => ` and temperature ${temperature}`,
});

/**
 * The attention router of Yuan 2.0-M32: for one token, each expert has a scalar query, key and value, and
 * P_i = sum_j softmax_j(q_i k_j) v_j. The K largest P are chosen; gates are a softmax over them.
 *
 * Beyond the paper: it does not say how P becomes gates; this is what the authors' training code does (top-k, then
 * softmax). It has no temperature, and no balancing loss at all; ours is the same as for every router (weight 0 turns it off),
 * with softmax(P) as probabilities.
 */
export default defineRouter({
  name: "attention",
  paper: "Yuan 2.0-M32, arXiv 2405.17976, section 3",
  summary: "Attention among experts inside each token, with an expert-correlation matrix.",
  options,
  problems: (chosen, model) => {
    const found = [...needsSeveralExperts("attention", model), ...renormalisedNeedsTwo(model)];
    return found.length > 0 ? found : start.problems(chosen, model);
  },
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: (sizes, chosen) => {
    const { D, E, initStd } = sizes;
    const spec = { shape: [D, E], std: initStd * start.scale(sizes, chosen) };
    return { query: spec, key: spec, value: spec };
  },
  matrices: ({ E }) => ({ correlation: [E, E] }),
  measures: ({ E }) => ({ ...CORRELATION_RANK, ...extremeDeclared(E) }),
  flopsPerToken: ({ D, E }) => 6 * D * E + attendExpertsFlops(E),
  solved: start.solved,
  takesSelectionBias: true,
  route: ({ x, selectionBias, parameters }, { K }, { temperature }) => {
    const q = tf.matMul(x, parameters.query); // [S, E]
    const k = tf.matMul(x, parameters.key); // [S, E]
    const v = tf.matMul(x, parameters.value); // [S, E]
    const { scores, correlation } = attendExperts(q, k, v, temperature);
    return {
      assignment: chooseRenormalised(scores, K, selectionBias),
      logits: scores,
      probs: tf.softmax(scores),
      matrices: { correlation: tf.mean(correlation, 0) },
      measures: () => ({
        correlation_effective_rank: effectiveRank(correlation),
        extreme_query_wins: extremeQueryWins(scores, q),
      }),
    };
  },
});
