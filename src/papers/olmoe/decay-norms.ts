import { HELLASWAG, MMLU, OLMOE, olmoeSetUp, VALIDATION } from "./common.ts";
import type { PaperTable } from "../paper.ts";

/** OLMoE, figure 15: weight decay of norm gains. */
export const olmoeDecayNorms: PaperTable = {
  name: "olmoe-decay-norms",
  title: "Weight decay of norms",
  paper: `${OLMOE}, section 4.2.3 and figure 15`,
  experiment: "olmoe-decay-norms",
  heading: "norm gains",
  reference: "Decayed",
  claim: {
    source: "copied",
    says: "slightly better decayed. The difference is as small as what digitising can see.",
  },
  columns: [VALIDATION, HELLASWAG, MMLU],
  rows: [
    {
      label: "Decayed",
      variant: "linear",
      paper: { c4_validation_loss_nats: "2.728", hellaswag_percent: "58.2", mmlu_var_percent: "30.3" },
    },
    {
      label: "Not decayed",
      variant: "no-decay-norms",
      paper: { c4_validation_loss_nats: "2.732", hellaswag_percent: "57.3", mmlu_var_percent: "30.1" },
    },
  ],
  notes: [olmoeSetUp("31.5 B", "the decay of norm parameters")],
  figure: {
    number: "figure 15",
    tokens: "31.5 B",
    series: [
      { legend: "Decay", variant: "linear" },
      { legend: "No decay", variant: "no-decay-norms" },
    ],
  },
};
