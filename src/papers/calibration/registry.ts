import type { Contrast } from "../contrast.ts";
import { denseWorse } from "./dense.ts";
import { finerBetter, finerUnscaled } from "./finer.ts";
import { frozenRouter } from "./frozen.ts";
import { hashRouter } from "./hash.ts";
import { moreExpertsBetter } from "./more-experts.ts";
import { noBalancingWorse } from "./balancing.ts";
import { redrawWorse } from "./redraw.ts";
import { sharedNeutral } from "./shared-expert.ts";
import { twoActiveBetter } from "./two-active.ts";
import { zLossNeutral } from "./z-loss.ts";

/** Every published contrast, gates first: the rows of `table calibration`. */
export const CONTRASTS: readonly Contrast[] = [
  redrawWorse,
  denseWorse,
  moreExpertsBetter,
  twoActiveBetter,
  finerBetter,
  noBalancingWorse,
  sharedNeutral,
  zLossNeutral,
  finerUnscaled,
  frozenRouter,
  hashRouter,
];
