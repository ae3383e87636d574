import { discreteOps } from "../discrete.ts";
import { crossEntropyOps } from "./cross-entropy.ts";
import type { Op } from "./define.ts";
import { embeddingOps } from "./embedding.ts";
import { groupedOps } from "./grouped.ts";
import { rmsNormOp } from "./rms-norm.ts";
import { rotaryOp } from "./rotary.ts";
import { rowOps } from "./rows.ts";

/** Every operation of our own. */
export const customOps: readonly Op[] = [
  ...discreteOps,
  ...rowOps,
  ...groupedOps,
  ...embeddingOps,
  ...crossEntropyOps,
  rmsNormOp,
  rotaryOp,
];
