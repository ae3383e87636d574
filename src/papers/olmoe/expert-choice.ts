import { HELLASWAG, MMLU, OLMOE, olmoeSetUp, SPEED, TRAINING, VALIDATION } from "./common.ts";
import type { PaperTable } from "../paper.ts";

/** OLMoE, figure 7: experts that choose their tokens against tokens that choose their experts. */
export const olmoeExpertChoice: PaperTable = {
  name: "olmoe-expert-choice",
  title: "Expert choice against token choice",
  paper: `${OLMOE}, section 4.1.4 and figure 7`,
  experiment: "olmoe-expert-choice",
  heading: "routing",
  reference: "Token choice, top-2",
  claim: {
    source: "copied",
    says: "token choice is better; expert choice is about 20 % faster.",
  },
  columns: [VALIDATION, TRAINING, HELLASWAG, MMLU, SPEED],
  rows: [
    {
      label: "Token choice, top-2",
      variant: "linear",
      paper: {
        c4_validation_loss_nats: "2.714",
        train_loss_nats: "2.415",
        hellaswag_percent: "58.41",
        mmlu_var_percent: "30.51",
        tokens_per_second_per_gpu: "24,400",
      },
    },
    {
      label: "Expert choice, capacity 2",
      variant: "expert-choice",
      paper: {
        c4_validation_loss_nats: "2.802",
        train_loss_nats: "2.500",
        hellaswag_percent: "53.50",
        mmlu_var_percent: "~29.9-30.3",
        tokens_per_second_per_gpu: "29,400",
      },
    },
    { label: "Expert choice over the batch", variant: "expert-choice-batch", paper: {} },
    { label: "Token choice, not renormalised", variant: "linear-unnormalised", paper: {} },
  ],
  notes: [
    olmoeSetUp(
      "about 200 B",
      "the routing, expert choice inside each sequence as their code does by default; 8 experts in every second layer, ours has them in every layer",
    ),
  ],
  figure: {
    number: "figure 7",
    tokens: "about 200 B",
    also: ["attention-router"],
    series: [
      { legend: "TC", variant: "linear" },
      { legend: "EC", variant: "expert-choice" },
    ],
  },
};
