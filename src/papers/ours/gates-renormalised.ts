import type { PaperTable } from "../paper.ts";

/** Gates of the chosen experts that sum to 1, or not: no paper compares them. */
export const gatesRenormalised: PaperTable = {
  name: "gates-renormalised",
  title: "Gates renormalised or not",
  paper: "no paper has it",
  experiment: "gates-renormalised",
  heading: "gates",
  reference: "Renormalised",
  claim: null,
  columns: [],
  rows: [
    { label: "Renormalised", variant: "linear", paper: {} },
    { label: "Not renormalised", variant: "linear-unnormalised", paper: {} },
    { label: "Renormalised, frozen router", variant: "frozen", paper: {} },
    {
      label: "Not renormalised, frozen router",
      variant: "frozen-unnormalised",
      paper: {},
      against: "Renormalised, frozen router",
    },
  ],
  notes: [
    "No paper that we know compares the two, so the paper's cells are empty: Mixtral (arXiv 2401.04088) renormalises, OLMoE (arXiv 2409.02060, section 2) does not.",
    "Gates that are not renormalised start at about 1/8 each rather than 1/2: the experts' output starts four times smaller. The frozen pair, compared with each other, shows what that alone does.",
  ],
};
