import { HELLASWAG, MMLU, OLMOE, olmoeSetUp, TRAINING } from "./common.ts";
import type { PaperTable } from "../paper.ts";

/** OLMoE, figure 12: two training sets. Neither is here, so our rows ask the same of our own text. */
export const olmoeDataMixture: PaperTable = {
  name: "olmoe-data-mixture",
  title: "Data mixture",
  paper: `${OLMOE}, section 4.2.1 and figure 12`,
  experiment: "olmoe-data-mixture",
  heading: "training text",
  reference: "All kinds alike",
  claim: {
    source: "copied",
    says: "OLMoE-Mix is better. Losses on different text can't be compared, so the paper's differences are empty and it has no validation loss here; benchmarks decide there. Adding Reddit or FLAN gave no consistent gain.",
  },
  columns: [
    { ...TRAINING, answer: undefined },
    HELLASWAG,
    MMLU,
    { id: "arc_challenge_percent", header: "ARC-C", unit: "%", source: "copied" },
  ],
  rows: [
    {
      label: "OLMoE-Mix",
      variant: null,
      paper: {
        train_loss_nats: "2.505",
        hellaswag_percent: "55.9",
        mmlu_var_percent: "32.2",
        arc_challenge_percent: "32.1",
      },
    },
    {
      label: "Dolma 1.7",
      variant: null,
      paper: {
        train_loss_nats: "2.429",
        hellaswag_percent: "54.6",
        mmlu_var_percent: "29.9",
        arc_challenge_percent: "31.1",
      },
    },
    { label: "All kinds alike", variant: "linear", paper: {} },
    { label: "Fiction and speeches four times", variant: "mostly-prose", paper: {} },
    { label: "Dictionary, code and arithmetic four times", variant: "mostly-formal", paper: {} },
  ],
  notes: [
    "Neither set can be shipped: ours varies how often each of five kinds of text is drawn, judged on validation text with all kinds alike. The loss of each kind: `moe-lab compare results/olmoe-data-mixture --metric domain_code_loss_nats`.",
    olmoeSetUp("130 B", "the training text"),
  ],
};
