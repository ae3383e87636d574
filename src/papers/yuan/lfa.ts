import type { PaperTable } from "../paper.ts";

/** A row with what the paper prints: parameters, M; ms/iteration; test loss. */
const row = (label: string, variant: string | null, printed: readonly [string, string, string]) => {
  const [parameters_millions, iteration_ms, test_loss] = printed;
  return { label, variant, paper: { parameters_millions, iteration_ms, test_loss } };
};

/** Table 1 of Yuan 2.0: localized filtering, by which queries and keys see the two tokens before. */
export const lfa: PaperTable = {
  name: "lfa",
  title: "Localized filtering-based attention",
  paper: "Yuan 2.0, arXiv 2311.15786, table 1",
  experiment: "lfa",
  heading: "attention",
  reference: "Plain attention",
  claim: {
    source: "read",
    says: "two convolutions of kernel 2 through half the width, then RMSNorm, which the authors adopted, are 3.5 % below plain attention.",
  },
  columns: [
    { id: "parameters_millions", header: "params", unit: "M", source: "read" },
    {
      id: "iteration_ms",
      header: "time",
      unit: "ms/iteration",
      source: "read",
      answer: "train_tokens_per_second",
      isTime: true,
    },
    { id: "test_loss", header: "test loss", source: "read", answer: "validation_loss_nats" },
  ],
  rows: [
    row("Plain attention", "linear", ["160.3", "577", "1.251"]),
    row("EMA", null, ["160.6", "745", "1.2309"]),
    row("One convolution, kernel 1", null, ["163.9", "596", "1.2444"]),
    row("One convolution, kernel 2", null, ["167.4", "602", "1.2194"]),
    row("One convolution, kernel 3", null, ["171.0", "605", "1.2171"]),
    row("One convolution, kernel 7", null, ["185.1", "621", "1.2093"]),
    row("Two convolutions", null, ["167.4", "618", "1.2122"]),
    row("Two convolutions + RMSNorm", "linear-lfa", ["167.4", "631", "1.2069"]),
    { label: "Attention router, plain", variant: "attention", paper: {}, against: "Attention router, plain" },
    {
      label: "Attention router, with LFA",
      variant: "attention-lfa",
      paper: {},
      against: "Attention router, plain",
    },
  ],
  notes: [
    "That is nine times the effect of their router. Whether their router tables had it on is not said, so the last two rows have it off and on with the attention router.",
    "Theirs: models of about 160 M parameters, internal code data, training tokens not given; ours beside them have the linear router. The filter's parameters come on top, there and here.",
  ],
};
