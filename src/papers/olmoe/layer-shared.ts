import { HELLASWAG, OLMOE, olmoeSetUp, RELATIVE_SPEED, VALIDATION } from "./common.ts";
import type { PaperTable } from "../paper.ts";

/** OLMoE, appendix F: one set of experts for all layers. */
export const olmoeLayerShared: PaperTable = {
  name: "olmoe-layer-shared",
  title: "Experts shared across layers",
  paper: `${OLMOE}, appendix F`,
  experiment: "olmoe-layer-shared",
  heading: "model",
  reference: "Dense",
  claim: {
    source: "copied",
    says: "experts shared across layers are worse than a dense model, and a fifth slower.",
  },
  columns: [VALIDATION, HELLASWAG, RELATIVE_SPEED],
  rows: [
    {
      label: "Dense",
      variant: "dense",
      paper: { c4_validation_loss_nats: "2.847", hellaswag_percent: "51.8", relative_speed_percent: "100" },
    },
    {
      label: "16 experts for all layers",
      variant: "shared-16",
      paper: { c4_validation_loss_nats: "2.872", hellaswag_percent: "49.2", relative_speed_percent: "80" },
    },
    { label: "8 experts for all layers", variant: "shared-8", paper: {} },
    { label: "8 experts in each layer", variant: "linear", paper: {} },
  ],
  notes: [
    olmoeSetUp("230 B", "experts of all layers are one set"),
    "How many experts their shared set has, and how many of them are active, is not in what we could read; our row beside their number has as many experts in all as two layers of eight.",
    "The paper's other ablation of appendix F, the balancing loss in float32 or bfloat16 (2.640 and 2.639), has no counterpart: everything here is float32.",
  ],
};
