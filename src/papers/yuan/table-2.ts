import type { PaperTable } from "../paper.ts";

/** The paper's numbers, by number of experts. Its own gains are printed with fewer digits than they have. */
const PAPER = {
  8: { test_loss: "1.820" },
  16: { test_loss: "1.787", printed_gain_percent: "2" },
  32: { test_loss: "1.754", printed_gain_percent: "3.6" },
} as const;

/** Table 2 of Yuan 2.0-M32: what more experts are worth. */
export const yuan2: PaperTable = {
  name: "yuan-2",
  title: "Number of experts, two active",
  paper: "Yuan 2.0-M32, arXiv 2405.17976, table 2",
  experiment: "yuan-experts",
  heading: "experts",
  reference: "8, linear router",
  claim: {
    source: "read",
    says: "each doubling of the experts is worth 0.033 nats.",
  },
  columns: [
    { id: "test_loss", header: "test loss", source: "read", answer: "validation_loss_nats" },
    { id: "printed_gain_percent", header: "gain as printed", unit: "%", source: "read" },
  ],
  rows: [
    { label: "8, linear router", variant: "linear", paper: PAPER[8] },
    { label: "16, linear router", variant: "linear-16", paper: PAPER[16] },
    { label: "32, linear router", variant: "linear-32", paper: PAPER[32] },
    { label: "8, attention router", variant: "attention", paper: PAPER[8], against: "8, attention router" },
    {
      label: "16, attention router",
      variant: "attention-16",
      paper: PAPER[16],
      against: "8, attention router",
    },
    {
      label: "32, attention router",
      variant: "attention-32",
      paper: PAPER[32],
      against: "8, attention router",
    },
  ],
  notes: [
    "The paper has three rows and does not say which router they had: its numbers stand beside both of ours, each compared with 8 experts of the same router.",
    "Theirs: 50 B training tokens, test loss on another 10 B; two active experts of one size, the same hyper-parameters; total parameters grow with the experts and are not given.",
  ],
};
