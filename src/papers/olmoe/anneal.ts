import { OLMOE } from "./common.ts";
import type { PaperTable } from "../paper.ts";

/** OLMoE's anneal to zero: the paper has no loss for it, only averages after adaptation (its table 7). */
export const olmoeAnneal: PaperTable = {
  name: "olmoe-anneal",
  title: "Anneal to zero",
  paper: `${OLMOE}, section 4.3 and table 7`,
  experiment: "olmoe-anneal",
  heading: "learning rate",
  reference: "Cosine to 10 %",
  claim: {
    source: "copied",
    says: "the averages after adaptation are 0.2 (SFT) and 1.4 (DPO) higher with it.",
  },
  columns: [
    { id: "sft_average", header: "average after SFT", source: "copied" },
    { id: "dpo_average", header: "average after DPO", source: "copied" },
  ],
  rows: [
    { label: "Cosine to 10 %", variant: "linear", paper: { sft_average: "53.8", dpo_average: "56.3" } },
    {
      label: "The same, last 2 % to zero",
      variant: "anneal-0.02",
      paper: { sft_average: "54.0", dpo_average: "57.7" },
    },
    { label: "The same, last 10 % to zero", variant: "anneal-0.1", paper: {} },
    { label: "Cosine to zero", variant: "cosine-to-zero", paper: {} },
  ],
  notes: [
    "No paper has a loss with and without this anneal, so the paper's differences are empty. Theirs: benchmark averages of the full model (5 133 B tokens, the last 100 B of them, 2 %, annealed), adapted without the balancing loss (so its section 4.3; its appendix B says with it).",
    "The text anneals from 5e-4, the released configuration from 4e-5, where the cosine ends; ours as the configuration, within the same number of steps.",
  ],
};
