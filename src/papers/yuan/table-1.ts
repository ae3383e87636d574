import { relativePercent } from "../paper.ts";
import type { PaperTable } from "../paper.ts";

const GAIN = (-relativePercent(2.109, 2.117)).toFixed(2);

/** Table 1 of Yuan 2.0-M32, the same in both versions of the paper: its numbers, and ours beside them. */
export const yuan1: PaperTable = {
  name: "yuan-1",
  title: "Routers compared at equal size",
  paper: "Yuan 2.0-M32, arXiv 2405.17976, section 3 and table 1",
  experiment: "attention-router",
  heading: "router",
  reference: "Classical router, 8 experts",
  claim: {
    source: "read",
    says: `the attention router gains (2.117 - 2.109) / 2.117 = ${GAIN} %. Version 1 says 3.8 % in the abstract and text; version 2, one day later, removed that. The repository's README and many summaries still have 3.8 %.`,
  },
  columns: [
    { id: "parameters_millions", header: "params", unit: "M", source: "read" },
    { id: "test_loss", header: "test loss", source: "read", answer: "validation_loss_nats" },
    {
      id: "relative_time_percent",
      header: "training time",
      unit: "%",
      source: "read",
      answer: "train_tokens_per_second",
      isTime: true,
    },
  ],
  rows: [
    {
      label: "Attention router, 8 experts",
      variant: "attention",
      paper: { parameters_millions: "826.0", test_loss: "2.109" },
    },
    {
      label: "Classical router, 8 experts",
      variant: "linear",
      paper: { parameters_millions: "825.8", test_loss: "2.117", relative_time_percent: "100" },
    },
    {
      label: "Shared expert, 2 fixed + top-2 of 14",
      variant: "shared-expert",
      paper: { parameters_millions: "825.8", test_loss: "2.117", relative_time_percent: "107.35" },
    },
    {
      label: "Attention router, no balancing loss",
      variant: "attention-nobalance",
      paper: {},
      against: "Classical router, no balancing loss",
    },
    { label: "Classical router, no balancing loss", variant: "linear-nobalance", paper: {} },
  ],
  notes: [
    'Theirs: 30 B training tokens, test loss on another 10 B; equal parameters; dimensions and learning rate not given, top-2 not written for the first two rows. The time is the text\'s "7.35 % more", the only timing there is.',
    "The authors' scripts train without a balancing loss, and the paper speaks of none: the last two rows are ours, trained so, the attention router compared with the classical one of the same kind.",
  ],
};
