import type { Contrast } from "../contrast.ts";
import { BYTES_SCALE, BYTES_STUDY, FAN, FAN_SCALE, MARIN, RMOE, RMOE_SCALE } from "./sources.ts";

/** Whether learning to route is worth anything. */
export const frozenRouter: Contrast = {
  name: "frozen",
  label: "Frozen random router",
  claim: "a router that keeps its random start is worse than a learned one",
  variant: "frozen",
  against: "linear",
  gate: "contested",
  published: [
    { percent: -0.43, source: `${FAN}, multilingual`, how: "repository", scale: FAN_SCALE },
    { percent: 0.08, source: `${FAN}, OpenWebText`, how: "repository", scale: FAN_SCALE },
    { percent: 0.61, source: `${RMOE}, WikiText-103`, how: "computed", scale: RMOE_SCALE },
    { percent: 0.95, source: `${RMOE}, enwik8`, how: "computed", scale: RMOE_SCALE },
    {
      percent: 2.4,
      source: `${MARIN}, #5502`,
      how: "repository",
      scale: "width 512, 64 experts, top-4, 1 seed",
    },
    { percent: 3.13, source: `${BYTES_STUDY}, WikiText`, how: "repository", scale: BYTES_SCALE },
    { percent: 8.81, source: `${BYTES_STUDY}, TinyStories`, how: "repository", scale: BYTES_SCALE },
  ],
  notes: [],
};
