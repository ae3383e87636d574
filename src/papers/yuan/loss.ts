import type { PaperTable } from "../paper.ts";

/** Figure 3 of Yuan 2.0-M32, the one curve that it draws, that of its large model; its routers are in tables alone. */
export const yuanLoss: PaperTable = {
  name: "yuan-loss",
  title: "Pre-training loss of the attention router",
  paper: "Yuan 2.0-M32, arXiv 2405.17976, section 4.1 and figure 3",
  experiment: "attention-router",
  heading: "",
  reference: "Yuan 2.0-M32",
  claim: { source: "read", says: "the training loss ends at 1.22 nats/token." },
  isFigureAlone: true,
  columns: [{ id: "train_loss_nats", header: "training loss", source: "read", answer: "train_loss_nats" }],
  // The authors' scripts have no balancing loss.
  rows: [{ label: "Yuan 2.0-M32", variant: "attention-nobalance", paper: { train_loss_nats: "1.22" } }],
  notes: [],
  figure: {
    number: "figure 3",
    tokens: "2 000 B",
    losses: ["training"],
    series: [{ legend: "Yuan 2.0-M32", variant: "attention-nobalance" }],
  },
};
