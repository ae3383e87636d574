import { HELLASWAG, MMLU, OLMOE, olmoeSetUp, VALIDATION } from "./common.ts";
import type { PaperTable } from "../paper.ts";

/** OLMoE, figure 13: normal or truncated normal initialisation. */
export const olmoeInit: PaperTable = {
  name: "olmoe-init",
  title: "Initialisation",
  paper: `${OLMOE}, section 4.2.2 and figure 13`,
  experiment: "olmoe-init",
  heading: "weights",
  reference: "Truncated normal, std 0.02",
  claim: {
    source: "copied",
    says: "truncated normal is stable, and the difference shows only after about 450 B tokens: tens of thousands of times what our longest tier trains. Std 0.006 is DeepSeekMoE's (arXiv 2401.06066); OLMoE has no such run.",
  },
  columns: [VALIDATION, HELLASWAG, MMLU],
  rows: [
    {
      label: "Truncated normal, std 0.02",
      variant: "linear",
      paper: { c4_validation_loss_nats: "2.620", hellaswag_percent: "63.9", mmlu_var_percent: "32.6" },
    },
    {
      label: "Normal, std 0.02",
      variant: "normal-0.02",
      paper: { c4_validation_loss_nats: "2.658", hellaswag_percent: "59.9", mmlu_var_percent: "30.9" },
    },
    { label: "Truncated normal, std 0.006", variant: "truncated-0.006", paper: {} },
    { label: "Normal, std 0.006", variant: "normal-0.006", paper: {} },
  ],
  notes: [olmoeSetUp("about 600 B", "the distribution, at equal std")],
  figure: {
    number: "figure 13",
    tokens: "about 600 B",
    series: [
      { legend: "Trunc normal", variant: "linear" },
      { legend: "Normal", variant: "normal-0.02" },
    ],
  },
};
