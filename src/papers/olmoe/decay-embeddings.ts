import { HELLASWAG, OLMOE, olmoeSetUp, VALIDATION } from "./common.ts";
import type { PaperTable } from "../paper.ts";

/** OLMoE, figure 17: weight decay of embeddings. */
export const olmoeDecayEmbeddings: PaperTable = {
  name: "olmoe-decay-embeddings",
  title: "Weight decay of embeddings",
  paper: `${OLMOE}, section 4.2.4 and figure 17`,
  experiment: "olmoe-decay-embeddings",
  heading: "embeddings",
  reference: "Decayed",
  claim: {
    source: "copied",
    says: "a minor difference, decayed slightly better. It is smaller than the error of digitising.",
  },
  columns: [VALIDATION, HELLASWAG],
  rows: [
    {
      label: "Decayed",
      variant: "linear",
      paper: { c4_validation_loss_nats: "2.7935", hellaswag_percent: "53.4" },
    },
    {
      label: "Not decayed",
      variant: "no-decay-embeddings",
      paper: { c4_validation_loss_nats: "2.7948", hellaswag_percent: "53.3" },
    },
  ],
  notes: [olmoeSetUp("63 B", "the decay of embeddings")],
  figure: {
    number: "figure 17",
    tokens: "63 B",
    series: [
      { legend: "Decay", variant: "linear" },
      { legend: "No decay", variant: "no-decay-embeddings" },
    ],
  },
};
