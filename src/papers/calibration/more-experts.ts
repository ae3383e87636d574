import type { Contrast } from "../contrast.ts";
import { REMOE, REMOE_SCALE } from "./sources.ts";

/** Total parameters at fixed active ones. */
export const moreExpertsBetter: Contrast = {
  name: "more-experts",
  label: "Four times the experts",
  claim: "four times the experts at equal active parameters are better",
  variant: "more-experts",
  against: "linear",
  gate: "effect",
  published: [
    // 1.936 to 1.874.
    { percent: -3.2, source: `${REMOE}, 8 to 32 experts`, how: "computed", scale: REMOE_SCALE },
    // 1.820 to 1.754.
    {
      percent: -3.6,
      source: "Yuan 2.0-M32, arXiv 2405.17976, table 2, 8 to 32 experts",
      how: "computed",
      scale: "826 M active, 50 B tokens, 1 seed",
    },
    {
      percent: -3.2,
      source: "Clark et al., arXiv 2202.01169, law of S-BASE, 8 to 32 experts",
      how: "computed",
      scale: "1.3 B, 130 B tokens",
    },
    {
      percent: -5.2,
      source: "Clark et al., arXiv 2202.01169, law of S-BASE, 8 to 32 experts",
      how: "computed",
      scale: "15 M, 130 B tokens",
    },
  ],
  notes: [
    "Found otherwise with few tokens: vuiseng9/moe-lab on TinyStories, and 8 to 16 experts in an 8-layer byte-level model (+1.2 %).",
  ],
};
