import { HELLASWAG, MMLU, OLMOE, olmoeSetUp, TRAINING, VALIDATION } from "./common.ts";
import type { PaperTable } from "../paper.ts";

/** OLMoE, figure 6: one of the active experts sees every token. */
export const olmoeSharedExpert: PaperTable = {
  name: "olmoe-shared-expert",
  title: "A shared expert",
  paper: `${OLMOE}, section 4.1.3 and figure 6`,
  experiment: "olmoe-shared-expert",
  heading: "experts",
  reference: "32 routed, 4 active",
  claim: {
    source: "copied",
    says: "a shared expert is slightly worse. Its text says 31 routed and one shared; the released configuration has 32 routed, 3 active, and one shared, which is the last row.",
  },
  columns: [
    VALIDATION,
    TRAINING,
    HELLASWAG,
    MMLU,
    { id: "expert_sets", header: "sets of experts", source: "copied" },
  ],
  rows: [
    {
      label: "32 routed, 4 active",
      variant: "linear-32-4",
      paper: {
        c4_validation_loss_nats: "2.7098",
        train_loss_nats: "2.403",
        hellaswag_percent: "66.00",
        mmlu_var_percent: "36.41",
        expert_sets: "35,960",
      },
    },
    {
      label: "31 routed, 3 active, 1 shared",
      variant: "shared-31-1",
      paper: {
        c4_validation_loss_nats: "2.7222",
        train_loss_nats: "2.417",
        hellaswag_percent: "64.90",
        mmlu_var_percent: "36.21",
        expert_sets: "4,495",
      },
    },
    { label: "32 routed, 3 active, 1 shared", variant: "shared-32-1", paper: {} },
  ],
  notes: [
    olmoeSetUp("130 B", "by the text one of 32 experts, so that total and active parameters stay equal"),
  ],
  figure: {
    number: "figure 6",
    tokens: "130 B",
    series: [
      { legend: "32 routed", variant: "linear-32-4" },
      { legend: "31 routed, 1 shared", variant: "shared-31-1" },
    ],
  },
};
