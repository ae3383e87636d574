import type { Contrast } from "../contrast.ts";
import { BYTES_SCALE, BYTES_STUDY, FAN, FAN_SCALE } from "./sources.ts";

/** What it is worth that an assignment lasts: the positive control. */
export const redrawWorse: Contrast = {
  name: "redraw",
  label: "Experts drawn anew each step",
  claim: "experts drawn at random anew at every step are worse than a router's",
  variant: "redraw",
  against: "linear",
  gate: "effect",
  published: [
    { percent: 5.5, source: `${FAN}, OpenWebText`, how: "repository", scale: FAN_SCALE },
    { percent: 7.4, source: `${FAN}, multilingual`, how: "repository", scale: FAN_SCALE },
    { percent: 25, source: `${BYTES_STUDY}, WikiText`, how: "repository", scale: BYTES_SCALE },
    { percent: 43, source: `${BYTES_STUDY}, TinyStories`, how: "repository", scale: BYTES_SCALE },
  ],
  notes: ["Two groups, none otherwise."],
};
