import type { Contrast } from "../contrast.ts";
import { OLMOE, OLMOE_SCALE, REMOE, REMOE_SCALE } from "./sources.ts";

const published: Contrast["published"] = [
  {
    percent: -0.8,
    source: "vuiseng9/moe-lab, 16 experts top-2 to 64 top-8",
    how: "repository",
    scale: "TinyStories, 1 seed",
  },
  // 2.7520 to 2.7098.
  { percent: -1.5, source: `${OLMOE}, 8 experts top-1 to 32 top-4`, how: "digitised", scale: OLMOE_SCALE },
  // 1.936 to 1.899.
  { percent: -1.9, source: `${REMOE}, granularity 1 to 4`, how: "computed", scale: REMOE_SCALE },
];

/** Granularity at equal total and active parameters, each unit of hidden width weighing what it did. */
export const finerBetter: Contrast = {
  name: "finer",
  label: "Finer experts",
  claim: "experts of a quarter of the width, four times as many and active, are better",
  variant: "finer-scaled",
  against: "linear",
  gate: "effect",
  published,
  notes: [
    "Gates that sum to one give each of four times as many experts a quarter of the weight, and in short training of narrow experts that is a lower learning rate: ours are scaled by four; as they are stand below.",
    "Krajewski et al., arXiv 2402.07871, have a law in the same direction.",
    "marin-community/marin #9288 found coarse experts as good at widths 512 and 768.",
    "Their narrowest experts are several times as wide as ours.",
  ],
};

/** The same with gates as they are: no source has experts so narrow trained so shortly. */
export const finerUnscaled: Contrast = {
  name: "finer-unscaled",
  label: "Finer, gates as they are",
  claim: "the same without a scale on the gates",
  variant: "finer",
  against: "linear",
  gate: "shown",
  published,
  notes: [],
};
