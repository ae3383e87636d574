import { HELLASWAG, MMLU, OLMOE, olmoeSetUp, VALIDATION } from "./common.ts";
import type { PaperTable } from "../paper.ts";

const PLAIN_COPIES = "Upcycled (appendix F)";

/** OLMoE, figure 8 and appendix F: from a trained dense model, its experts copies of the dense ones, or from scratch. */
export const olmoeUpcycling: PaperTable = {
  name: "olmoe-upcycling",
  title: "Upcycled from a dense model against trained from scratch",
  paper: `${OLMOE}, section 4.1.5, figure 8 and appendix F`,
  experiment: "olmoe-upcycling",
  heading: "start",
  reference: "From scratch",
  claim: {
    source: "copied",
    says: "from scratch catches up after about 500 B tokens, 25 % of what its dense model (OLMo-1B) was trained on, where earlier work had said 120 %, and is ahead from about 600 B; noise of std 0.02 in half of the weights brings nothing.",
  },
  columns: [VALIDATION, HELLASWAG, MMLU],
  rows: [
    {
      label: "From scratch",
      variant: "linear",
      paper: { c4_validation_loss_nats: "2.611", hellaswag_percent: "64.9", mmlu_var_percent: "33.5" },
    },
    {
      label: "Upcycled",
      variant: "upcycled",
      paper: { c4_validation_loss_nats: "~2.618", hellaswag_percent: "64.1", mmlu_var_percent: "32.6" },
    },
    { label: "From scratch, longer", variant: "linear-longer-<tier>", paper: {} },
    {
      label: PLAIN_COPIES,
      variant: "upcycled",
      paper: { c4_validation_loss_nats: "2.593" },
      against: PLAIN_COPIES,
    },
    {
      label: "Upcycled, half of the weights noise",
      variant: "upcycled-noise",
      paper: { c4_validation_loss_nats: "2.591" },
      against: PLAIN_COPIES,
    },
  ],
  notes: [
    "Both of the paper's runs are without QK-norm and start from a normal distribution, as their dense model; ours have QK-norm and a truncated normal. Ours counts the tokens after the start, as the paper does. The longer run is ours alone: as much compute as the upcycled run and its dense parent together.",
    olmoeSetUp("610 B (appendix F: about 700 B)", "the start; 8 experts, 2 active"),
  ],
};
