import { z } from "zod";
import { topKIndices } from "../../engine/ops/discrete.ts";
import { embed } from "../../engine/ops/embedding.ts";
import { takeAlongLast } from "../../engine/ops/rows.ts";
import { detach, tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import { defineRouter } from "../../model/router.ts";
import { needsSeveralExperts } from "../shared/common.ts";
import { shareOfSum } from "../shared/score-routing.ts";

/** Below every probability that counts in a cross-entropy. */
const LEAST = 1e-20;

const options = z.strictObject({
  firstSteps: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .default(160)
    .describe(
      "Training steps of the first stage, in which routing is learned; the paper's is 10 % of training.",
    ),
  dimension: z
    .int()
    .min(1)
    .max(4096)
    .default(50)
    .describe("Dimensions of the token embeddings that routing is distilled into."),
  distilWeight: z
    .number()
    .positive()
    .max(1000)
    .default(1)
    .describe("Weight of the distillation loss in the first stage."),
});

/**
 * Routing that is learned and then kept. Stage 1: the K largest x W choose, gates are sigmoid(x W) of them, the balance loss applies, and a small router of its own, an embedding of the token id times a vector
 * for each expert, learns to predict the choice (cross-entropy). Stage 2: that router alone chooses, without a gradient and so for ever the same; gates are as before. Evaluation is routed by the
 * small router in both stages, as in the authors' code.
 *
 * Departures: gates weigh an expert's output where the authors mix it with its input, g E(x) + (1 - g) x; the shared balance loss takes the place of theirs; the weight of the distillation is not known to us. AdamW's
 * weight decay goes on shrinking the frozen router, which moves no choice, and its momentum moves it for a few steps.
 */
export default defineRouter({
  name: "stable-moe",
  paper: "StableMoE, Dai et al., arXiv 2204.08396, section 3, and the authors' code",
  summary: "Routing learned for some steps, then distilled into token ids and frozen.",
  options,
  problems: (_, model) => needsSeveralExperts("stable-moe", model),
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: true,
  parameters: ({ D, E, V, initStd }, { dimension }) => ({
    weight: { shape: [D, E], std: initStd },
    token_embedding: { shape: [V, dimension], std: initStd },
    token_weight: { shape: [dimension, E], std: initStd },
  }),
  state: () => ({ step: { shape: [], initial: 0 } }),
  flopsPerToken: ({ D, E }, { dimension }) => 2 * (D + dimension) * E,
  route: ({ x, tokens, parameters, state, mode }, { K }, { firstSteps, distilWeight }) => {
    const logits = tf.matMul(x, parameters.weight); // [S, E]
    const scores = tf.sigmoid(logits); // [S, E]
    const byToken = tf.matMul(embed(parameters.token_embedding, tokens), parameters.token_weight); // [S, E]
    const isFirst = tf.cast(tf.less(state.step, firstSteps), "float32"); // scalar, 1 or 0
    const learned = topKIndices(logits, K); // [S, K]
    const ranks = mode === "train" ? either(isFirst, logits, byToken) : byToken; // [S, E]
    const expert = topKIndices(ranks, K); // [S, K]
    const probs = shareOfSum(scores); // [S, E]
    const likelihood = takeAlongLast(tf.softmax(byToken), learned); // [S, K]
    const distillation = tf.neg(tf.mean(tf.log(tf.add(likelihood, LEAST)))); // nats a choice
    return {
      assignment: { kind: "token-choice", expert, gate: takeAlongLast(scores, expert) },
      logits,
      // No balance to learn where nothing is chosen by it.
      probs: either(isFirst, probs, detach(probs)),
      losses: { distillation: tf.mul(tf.mul(distillation, isFirst), distilWeight) },
      state: { step: tf.add(state.step, 1) },
    };
  },
});

/** a where the scalar is 1, b where it is 0. */
function either(isFirst: Tensor, a: Tensor, b: Tensor): Tensor {
  return tf.add(tf.mul(a, isFirst), tf.mul(b, tf.sub(1, isFirst)));
}
