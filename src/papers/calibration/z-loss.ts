import type { Contrast } from "../contrast.ts";
import { MARIN } from "./sources.ts";

/** The z-loss at small size. */
export const zLossNeutral: Contrast = {
  name: "no-z-loss",
  label: "No z-loss",
  claim: "the router's z-loss makes no difference of a percent in a small model",
  variant: "no-z-loss",
  against: "linear",
  gate: "no effect",
  published: [
    { percent: -0.1, source: `${MARIN}, #4036`, how: "repository", scale: "widths 512 and 768, 1 seed" },
    { percent: 0.1, source: `${MARIN}, #4036`, how: "repository", scale: "widths 512 and 768, 1 seed" },
  ],
  notes: [
    "The two are the ends of the range that is given. At 1.3 B active and about 750 B tokens OLMoE is 1.0 % better with it, and steadier.",
  ],
};
