import { HELLASWAG, OLMOE, olmoeSetUp, SPEED, TRAINING, VALIDATION } from "./common.ts";
import type { PaperTable } from "../paper.ts";

/** OLMoE, figure 4: a mixture of experts against a dense model of equal active compute. */
export const olmoeDense: PaperTable = {
  name: "olmoe-dense",
  title: "Mixture of experts against dense",
  paper: `${OLMOE}, section 4.1.1 and figure 4`,
  experiment: "olmoe-dense",
  heading: "model",
  reference: "Dense",
  claim: {
    source: "copied",
    says: "the MoE needs about a third of the tokens or FLOPs and half the time for the same quality. Said to be equal but for the experts; but their dense configuration does not decay embeddings and the other does.",
  },
  columns: [VALIDATION, TRAINING, HELLASWAG, SPEED],
  rows: [
    {
      label: "Dense",
      variant: "dense",
      paper: {
        c4_validation_loss_nats: "2.8620",
        train_loss_nats: "2.566",
        hellaswag_percent: "56.25",
        tokens_per_second_per_gpu: "37,500",
      },
    },
    {
      label: "MoE, 64 experts, 8 active",
      variant: "linear-64-8",
      paper: {
        c4_validation_loss_nats: "2.7005",
        train_loss_nats: "2.394",
        hellaswag_percent: "66.56",
        tokens_per_second_per_gpu: "23,600",
      },
    },
    { label: "MoE, 8 experts, 2 active", variant: "linear", paper: {} },
  ],
  notes: [
    olmoeSetUp(
      "130 B",
      "64 experts of width 1024, 8 active, against one of 8192: equal active parameters; values at 125.8 B tokens",
    ),
  ],
  figure: {
    number: "figure 4",
    tokens: "130 B",
    hasTime: true,
    series: [
      { legend: "MoE", variant: "linear-64-8" },
      { legend: "Dense", variant: "dense" },
    ],
  },
};
