import type { Contrast } from "../contrast.ts";
import { OLMOE, OLMOE_SCALE } from "./sources.ts";

/** Experts that see every token, at equal total and active parameters. */
export const sharedNeutral: Contrast = {
  name: "shared-expert",
  label: "Shared experts",
  claim: "shared experts make no difference of a percent, at equal total and active parameters",
  variant: "shared-expert",
  against: "linear",
  gate: "no effect",
  published: [
    {
      percent: 0,
      source: "Yuan 2.0-M32, arXiv 2405.17976, table 1",
      how: "read",
      scale: "826 M, 30 B tokens, 1 seed",
    },
    {
      percent: 0.39,
      source: "vuiseng9/moe-lab, 1 of 4 active",
      how: "repository",
      scale: "TinyStories, 1 seed",
    },
    { percent: 0.46, source: `${OLMOE}, figure 6`, how: "digitised", scale: OLMOE_SCALE },
  ],
  notes: ["Of the shared experts of vuiseng9/moe-lab three of four active ones cost 3.4 %."],
};
