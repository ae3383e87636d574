import { HELLASWAG, MMLU, OLMOE, olmoeSetUp, RELATIVE_SPEED, VALIDATION } from "./common.ts";
import type { PaperTable } from "../paper.ts";

/** OLMoE, figure 18: queries and keys normalised or not. */
export const olmoeQkNorm: PaperTable = {
  name: "olmoe-qk-norm",
  title: "QK-norm",
  paper: `${OLMOE}, section 4.2.5 and figure 18`,
  experiment: "olmoe-qk-norm",
  heading: "norms",
  reference: "LayerNorm, with QK-norm",
  claim: {
    source: "copied",
    says: "better with it, for about 10 % of throughput. Its two runs have LayerNorm without parameters, and so have ours beside them. It ran RMSNorm too, says that QK-norm is slightly better there as well, and gives no number: the last two rows are ours.",
  },
  columns: [VALIDATION, HELLASWAG, MMLU, RELATIVE_SPEED],
  rows: [
    {
      label: "LayerNorm, with QK-norm",
      variant: "layer-norm-nonparametric",
      paper: {
        c4_validation_loss_nats: "2.6525",
        hellaswag_percent: "61.9",
        mmlu_var_percent: "32.2",
        relative_speed_percent: "~90",
      },
    },
    {
      label: "LayerNorm, without",
      variant: "layer-norm-nonparametric-no-qk-norm",
      paper: {
        c4_validation_loss_nats: "2.6605",
        hellaswag_percent: "61.0",
        mmlu_var_percent: "31.4",
        relative_speed_percent: "100",
      },
    },
    { label: "RMSNorm, with QK-norm", variant: "linear", paper: {}, against: "RMSNorm, with QK-norm" },
    { label: "RMSNorm, without", variant: "no-qk-norm", paper: {}, against: "RMSNorm, with QK-norm" },
  ],
  notes: [olmoeSetUp("330 B", "the norm of queries and keys")],
  figure: {
    number: "figure 18",
    tokens: "330 B",
    series: [
      { legend: "QK-Norm", variant: "layer-norm-nonparametric" },
      { legend: "No QK-Norm", variant: "layer-norm-nonparametric-no-qk-norm" },
    ],
  },
};
