import type { Contrast } from "../contrast.ts";
import { BYTES_SCALE, BYTES_STUDY, OLMOE } from "./sources.ts";

/** What balancing is worth where one expert can starve the others. */
export const noBalancingWorse: Contrast = {
  name: "no-balancing",
  label: "Top-1 without balancing",
  claim: "without a balancing loss, one active expert a token is worse",
  variant: "one-active-nobalance",
  against: "one-active",
  gate: "effect",
  published: [
    { percent: 2.05, source: `${OLMOE} (8 active of 64)`, how: "digitised", scale: "10 B tokens, 1 seed" },
    { percent: 14.2, source: `${BYTES_STUDY}, WikiText`, how: "repository", scale: BYTES_SCALE },
    { percent: 21.8, source: `${BYTES_STUDY}, TinyStories`, how: "repository", scale: BYTES_SCALE },
  ],
  notes: ["Found otherwise: vuiseng9/moe-lab on TinyStories, where no balancing is best (1 seed)."],
};
