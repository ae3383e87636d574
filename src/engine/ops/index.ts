import { discreteOps } from "./discrete.ts";
import { attentionOps } from "./attention.ts";
import { combineOps } from "./combine.ts";
import { crossEntropyOps } from "./cross-entropy.ts";
import type { Op } from "./define.ts";
import { embeddingOps } from "./embedding.ts";
import { groupedOps } from "./grouped.ts";
import { logSumExpOp } from "./log-sum-exp.ts";
import { layerNormOp } from "./layer-norm.ts";
import { rmsNormOps } from "./rms-norm.ts";
import { rotaryOp } from "./rotary.ts";
import { rowOps } from "./rows.ts";

/** Every operation of our own. */
export const customOps: readonly Op[] = [
  ...discreteOps,
  ...rowOps,
  ...combineOps,
  ...groupedOps,
  ...attentionOps,
  ...embeddingOps,
  ...crossEntropyOps,
  logSumExpOp,
  ...rmsNormOps,
  layerNormOp,
  rotaryOp,
];
