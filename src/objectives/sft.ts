import { languageModelLoss, weightsOf } from "./answers.ts";
import type { Objective } from "./objective.ts";

/**
 * Supervised fine-tuning: the mean cross-entropy of the tokens of answers, their end included; a prompt's tokens count nothing
 * (OLMoE, arXiv 2409.02060, section 4.3). Each token of the batch weighs alike, so a long answer weighs more than a short one.
 */
export const sft: Objective = {
  paper: "arXiv 2409.02060, section 4.3",
  reports: {},
  loss: (logits, { targets, weights }) => {
    const nats = languageModelLoss(logits, targets, weightsOf(weights));
    return { loss: nats, nats, reported: {} };
  },
};
