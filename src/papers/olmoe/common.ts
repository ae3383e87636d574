import type { PaperColumn } from "../paper.ts";

/** What the tables of OLMoE's section 4 share. */

export const OLMOE = "OLMoE, arXiv 2409.02060";

/** Loss on C4's validation set at the end of the run. */
export const VALIDATION: PaperColumn = {
  id: "c4_validation_loss_nats",
  header: "C4 valid. loss",
  source: "digitised",
  answer: "validation_loss_nats",
};

/** Median training loss over the last 1.5 % of the run. */
export const TRAINING: PaperColumn = {
  id: "train_loss_nats",
  header: "train. loss",
  source: "digitised",
  answer: "train_loss_nats",
};

export const HELLASWAG: PaperColumn = {
  id: "hellaswag_percent",
  header: "HellaSwag",
  unit: "%",
  source: "digitised",
};

export const MMLU: PaperColumn = {
  id: "mmlu_var_percent",
  header: "MMLU Var",
  unit: "%",
  source: "digitised",
};

export const SPEED: PaperColumn = {
  id: "tokens_per_second_per_gpu",
  header: "tokens/s/GPU",
  source: "copied",
  answer: "train_tokens_per_second",
};

/**
 * How the paper's runs were made, and why its tables don't add up.
 * @param tokens of each run.
 * @param varied what the paper varied, and what it kept.
 */
export function olmoeSetUp(tokens: string, varied: string): string {
  return `Theirs: ${tokens} training tokens a row; C4 validation loss and median training loss of the last 1.5 % of the run (ours: mean of the last 5 %). Varied there: ${varied}. Their ablations were run on at least two base recipes, so effects of different tables don't add up.`;
}

/** Throughput where the paper only says by how much it falls. */
export const RELATIVE_SPEED: PaperColumn = {
  id: "relative_speed_percent",
  header: "speed, faster = 100",
  source: "copied",
  answer: "train_tokens_per_second",
};
