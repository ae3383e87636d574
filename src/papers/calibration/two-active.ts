import type { Contrast } from "../contrast.ts";
import { BYTES_STUDY } from "./sources.ts";

/** Two experts a token against one, at equal total and active parameters. */
export const twoActiveBetter: Contrast = {
  name: "two-active",
  label: "Top-2 against top-1",
  claim: "two active experts are better than one of twice the width, at equal total parameters",
  variant: "two-active",
  against: "one-active",
  gate: "effect",
  published: [
    {
      percent: -1.75,
      source: `${BYTES_STUDY}, mean of 6 settings`,
      how: "repository",
      scale: "9.6 to 70 M, bytes, 3 seeds",
    },
  ],
  notes: [
    "Gates of both are the chosen probabilities as they are: renormalised, the gate of one expert is always 1 and its router learns nothing from the text.",
  ],
};
