import type { PaperTable } from "../paper.ts";

const LFA = "Linear, with LFA";
const PLAIN = "Linear, no balancing loss";

/** Controls for the attention router: what of it does the work? Its authors ran none of these. */
export const attentionControls: PaperTable = {
  name: "attention-controls",
  title: "Controls for the attention router",
  paper: "no paper has it",
  experiment: "attention-controls",
  heading: "router",
  reference: "Linear",
  claim: null,
  columns: [],
  rows: [
    { label: "Linear", variant: "linear", paper: {} },
    { label: "Attention", variant: "attention", paper: {} },
    { label: "Attention, start as sharp as linear", variant: "attention-matched", paper: {} },
    { label: "Linear, as many parameters", variant: "linear-wide", paper: {} },
    { label: "The same with SiLU", variant: "linear-wide-silu", paper: {} },
    { label: "Attention without keys", variant: "attention-no-key", paper: {} },
    { label: "Attention, random fixed keys", variant: "attention-random-key", paper: {} },
    { label: "Static learned correlation", variant: "attention-static", paper: {} },
    { label: LFA, variant: "linear-lfa", paper: {} },
    { label: "Attention, with LFA", variant: "attention-lfa", paper: {}, against: LFA },
    { label: PLAIN, variant: "linear-nobalance", paper: {} },
    {
      label: "Attention, no balancing loss",
      variant: "attention-nobalance",
      paper: {},
      against: PLAIN,
    },
    {
      label: "Linear, as many parameters, no balancing loss",
      variant: "linear-wide-nobalance",
      paper: {},
      against: PLAIN,
    },
    {
      label: "Attention without keys, no balancing loss",
      variant: "attention-no-key-nobalance",
      paper: {},
      against: PLAIN,
    },
    {
      label: "Attention, random fixed keys, no balancing loss",
      variant: "attention-random-key-nobalance",
      paper: {},
      against: PLAIN,
    },
    {
      label: "Static learned correlation, no balancing loss",
      variant: "attention-static-nobalance",
      paper: {},
      against: PLAIN,
    },
  ],
  notes: [
    "No paper has these controls, so the paper's cells are empty; what it says of attention against linear is in the table yuan-1. The authors' scripts train without a balancing loss: the rows without one are compared with linear without one, which itself is compared with linear; so it is with localized filtering (LFA).",
    "Without keys: P = softmax(Q) * V, no expert looks at another. Random fixed keys: K is drawn once and not trained. Static: P = C V with one learned matrix C for all tokens.",
  ],
};
