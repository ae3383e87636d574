import type { Contrast } from "../contrast.ts";
import { DEEPSEEK, DEEPSEEK_SCALE, STABLE, STABLE_SCALE } from "./sources.ts";

/** Whether a fixed function of the token routes as well. */
export const hashRouter: Contrast = {
  name: "hash",
  label: "Hash of the token",
  claim: "a fixed hash of the token is worse than a learned router",
  variant: "hash",
  against: "linear",
  gate: "contested",
  published: [
    {
      percent: -0.54,
      source: `${STABLE}, large`,
      how: "computed",
      scale: "the large setting, 64 experts, top-1, 1 seed",
    },
    { percent: -0.27, source: `${STABLE}, base, validation`, how: "computed", scale: STABLE_SCALE },
    { percent: 0.09, source: `${STABLE}, base, test`, how: "computed", scale: STABLE_SCALE },
    {
      percent: 1.4,
      source: "Clark et al., arXiv 2202.01169, table 3, HASH against S-BASE",
      how: "computed",
      scale: "15 M, 130 B tokens, 8 experts",
    },
    { percent: 2.7, source: `${DEEPSEEK}, hash against Switch`, how: "computed", scale: DEEPSEEK_SCALE },
  ],
  notes: ["DeepSeek-V4 (arXiv 2606.19348) hashes the token in its first three layers."],
};
