import { HELLASWAG, MMLU, OLMOE, olmoeSetUp, RELATIVE_SPEED, VALIDATION } from "./common.ts";
import type { PaperTable } from "../paper.ts";

/** OLMoE, figure 14: RMSNorm against LayerNorm without parameters. */
export const olmoeNorm: PaperTable = {
  name: "olmoe-norm",
  title: "Kind of norm",
  paper: `${OLMOE}, section 4.2.3 and figure 14`,
  experiment: "olmoe-norm",
  heading: "norm",
  reference: "RMSNorm",
  claim: {
    source: "copied",
    says: "RMSNorm is better and has fewer gradient spikes, for 15 % of throughput.",
  },
  columns: [VALIDATION, HELLASWAG, MMLU, RELATIVE_SPEED],
  rows: [
    {
      label: "RMSNorm",
      variant: "linear",
      paper: {
        c4_validation_loss_nats: "2.694",
        hellaswag_percent: "60.2",
        mmlu_var_percent: "30.8",
        relative_speed_percent: "85",
      },
    },
    {
      label: "LayerNorm without parameters",
      variant: "layer-norm-nonparametric",
      paper: {
        c4_validation_loss_nats: "2.726",
        hellaswag_percent: "58.3",
        mmlu_var_percent: "30.4",
        relative_speed_percent: "100",
      },
    },
    { label: "LayerNorm with a gain", variant: "layer-norm", paper: {} },
  ],
  notes: [olmoeSetUp("105 B", "the norm; LayerNorm with a gain is ours alone")],
  figure: {
    number: "figure 14",
    tokens: "105 B",
    series: [
      { legend: "RMS", variant: "linear" },
      { legend: "Non-parametric", variant: "layer-norm-nonparametric" },
    ],
  },
};
