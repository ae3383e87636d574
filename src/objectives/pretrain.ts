import { languageModelLoss } from "./answers.ts";
import type { Objective } from "./objective.ts";

/** Next-token prediction: the mean cross-entropy of all tokens (OLMoE, arXiv 2409.02060, section 2, L_CE). */
export const pretrain: Objective = {
  paper: "arXiv 2409.02060, section 2",
  reports: {},
  loss: (logits, { targets }) => {
    const nats = languageModelLoss(logits, targets);
    return { loss: nats, nats, reported: {} };
  },
};
