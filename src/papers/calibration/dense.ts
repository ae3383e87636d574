import type { Contrast } from "../contrast.ts";
import {
  DEEPSEEK,
  DEEPSEEK_SCALE,
  OLMOE,
  OLMOE_SCALE,
  REMOE,
  REMOE_SCALE,
  STABLE,
  STABLE_SCALE,
} from "./sources.ts";

/** What having experts is worth. */
export const denseWorse: Contrast = {
  name: "dense",
  label: "Dense of equal active compute",
  claim: "a dense model of equal active compute is worse",
  variant: "dense",
  against: "linear",
  gate: "effect",
  published: [
    { percent: 4.8, source: STABLE, how: "computed", scale: STABLE_SCALE },
    // 2.042 against 1.936.
    { percent: 5.5, source: REMOE, how: "computed", scale: REMOE_SCALE },
    // 2.8620 against 2.7005.
    { percent: 6.0, source: OLMOE, how: "digitised", scale: OLMOE_SCALE },
    // ln 17.04 against ln 13.63.
    {
      percent: 8.5,
      source: "LibMoE, arXiv 2411.00918, table 2",
      how: "computed",
      scale: "36 M active of 0.15 B, 6.5 B tokens, 1 seed",
    },
    // 2.060 against 1.881.
    { percent: 9.5, source: DEEPSEEK, how: "computed", scale: DEEPSEEK_SCALE },
  ],
  notes: ["Found otherwise: vuiseng9/moe-lab on TinyStories with one active expert (1 seed): dense is best."],
};
