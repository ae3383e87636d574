import { HELLASWAG, MMLU, OLMOE, olmoeSetUp, VALIDATION } from "./common.ts";
import type { PaperTable } from "../paper.ts";

/** OLMoE, figure 19: epsilon of AdamW. */
export const olmoeAdamEps: PaperTable = {
  name: "olmoe-adam-eps",
  title: "Epsilon of AdamW",
  paper: `${OLMOE}, section 4.2.6 and figure 19`,
  experiment: "olmoe-adam-eps",
  heading: "epsilon",
  reference: "1e-8",
  claim: {
    source: "copied",
    says: "1e-8 is clearly better.",
  },
  columns: [VALIDATION, HELLASWAG, MMLU],
  rows: [
    {
      label: "1e-8",
      variant: "linear",
      paper: { c4_validation_loss_nats: "2.728", hellaswag_percent: "58.2", mmlu_var_percent: "30.3" },
    },
    {
      label: "1e-5",
      variant: "eps-1e-5",
      paper: { c4_validation_loss_nats: "2.980", hellaswag_percent: "42.4", mmlu_var_percent: "27.8" },
    },
  ],
  notes: [olmoeSetUp("31.5 B", "epsilon")],
  figure: {
    number: "figure 19",
    tokens: "31.5 B",
    series: [
      { legend: "1E-08", variant: "linear" },
      { legend: "1E-05", variant: "eps-1e-5" },
    ],
  },
};
