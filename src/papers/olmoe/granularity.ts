import { HELLASWAG, MMLU, OLMOE, olmoeSetUp, TRAINING, VALIDATION } from "./common.ts";
import type { PaperTable } from "../paper.ts";

/** OLMoE, figure 5: many small experts or few large ones. */
export const olmoeGranularity: PaperTable = {
  name: "olmoe-granularity",
  title: "Granularity of experts",
  paper: `${OLMOE}, section 4.1.2 and figure 5`,
  experiment: "olmoe-granularity",
  heading: "experts",
  reference: "8, 1 active",
  claim: {
    source: "copied",
    says: "8 to 32 gives about 10 % on HellaSwag and MMLU, 32 to 64 another 1 to 2 %. Its figures show +4.3 % and +5.2 % for the first.",
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
      label: "8, 1 active",
      variant: "linear-8-1",
      paper: {
        c4_validation_loss_nats: "2.7520",
        train_loss_nats: "2.444",
        hellaswag_percent: "63.26",
        mmlu_var_percent: "34.60",
        expert_sets: "8",
      },
    },
    { label: "16, 2 active", variant: "linear-16-2", paper: {} },
    {
      label: "32, 4 active",
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
      label: "64, 8 active",
      variant: "linear-64-8",
      paper: {
        c4_validation_loss_nats: "2.7005",
        train_loss_nats: "2.394",
        hellaswag_percent: "66.56",
        mmlu_var_percent: "37.08",
        expert_sets: "4,426,165,368",
      },
    },
  ],
  notes: [
    olmoeSetUp(
      "130 B",
      "width 8192, 2048, 1024 of an expert, so that total and active parameters stay equal",
    ),
  ],
  figure: {
    number: "figure 5",
    tokens: "130 B",
    series: [
      { legend: "64", variant: "linear-64-8" },
      { legend: "32", variant: "linear-32-4" },
      { legend: "8", variant: "linear-8-1" },
    ],
  },
};
