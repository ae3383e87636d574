import { logSumExp } from "../engine/ops/log-sum-exp.ts";
import { detach, tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import { answerLogProbs, weightsOf } from "./answers.ts";
import type { Objective, ObjectiveBatch } from "./objective.ts";

/**
 * Direct preference optimisation (Rafailov et al. 2023, arXiv 2305.18290, equation 7): with rows 2i and 2i + 1 the chosen and the
 * rejected answer of one prompt,
 *
 *     m_i  = beta [ (log pi(chosen) - log ref(chosen)) - (log pi(rejected) - log ref(rejected)) ]
 *     loss = mean over pairs of -log sigmoid(m_i),  -log sigmoid(m) = log(1 + e^-m)
 *
 * log pi is summed over the tokens of an answer, its end included; ref is the parent, frozen, in evaluation mode (no router noise).
 */
export const dpo: Objective = {
  paper: "arXiv 2305.18290, equation 7",
  reports: {
    preference_loss: "the loss, nats a pair; ln 2 where the model prefers as its parent does",
    reward_accuracy: "share of pairs whose chosen answer has the larger reward beta (log pi - log ref)",
    reward_margin: "reward of the chosen answer less that of the rejected one, mean over pairs",
  },
  loss: (logits, batch, { beta = Number.NaN }) => {
    const { B, reference } = batch;
    if (reference === undefined) throw new Error("the batch has no log-probabilities of the parent");
    const logProbs = answerLogProbs(logits, batch); // [B]
    const rewards = tf.reshape(tf.mul(tf.sub(logProbs, reference), beta), [B / 2, 2]);
    const margins = tf.sub(column(rewards, 0), column(rewards, 1)); // [B / 2]
    const nothing = tf.zeros([B / 2]);
    const loss = tf.mean(logSumExp(tf.stack([nothing, tf.neg(margins)], 1)));
    const fixed = detach(margins);
    return {
      loss,
      nats: chosenNats(logProbs, batch),
      reported: {
        preference_loss: loss,
        reward_accuracy: tf.mean(tf.cast(tf.greater(fixed, 0), "float32")),
        reward_margin: tf.mean(fixed),
      },
    };
  },
};

/** Mean loss of the chosen answers' tokens. @param logProbs [B] */
function chosenNats(
  logProbs: Tensor,
  { B, T, weights }: Pick<ObjectiveBatch, "B" | "T" | "weights">,
): Tensor {
  const ofChosen = tf.slice(tf.reshape(weightsOf(weights), [B / 2, 2 * T]), [0, 0], [B / 2, T]);
  return tf.neg(tf.div(tf.sum(column(tf.reshape(detach(logProbs), [B / 2, 2]), 0)), tf.sum(ofChosen)));
}

/** A column of a matrix with two: [rows]. */
function column(matrix: Tensor, index: 0 | 1): Tensor {
  const [rows = 0] = matrix.shape;
  return tf.reshape(tf.slice(matrix, [0, index], [rows, 1]), [rows]);
}
