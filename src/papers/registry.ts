import type { PaperTable } from "./paper.ts";
import { attentionControls } from "./ours/attention-controls.ts";
import { gatesRenormalised } from "./ours/gates-renormalised.ts";
import { yuanLoss } from "./yuan/loss.ts";
import { lfa } from "./yuan/lfa.ts";
import { olmoeAdaptation } from "./olmoe/adaptation.ts";
import { olmoeAdamEps } from "./olmoe/adam-eps.ts";
import { olmoeAnneal } from "./olmoe/anneal.ts";
import { olmoeBalanceLoss } from "./olmoe/balance-loss.ts";
import { olmoeDataMixture } from "./olmoe/data-mixture.ts";
import { olmoeDecayEmbeddings } from "./olmoe/decay-embeddings.ts";
import { olmoeDecayNorms } from "./olmoe/decay-norms.ts";
import { olmoeDense } from "./olmoe/dense.ts";
import { olmoeExpertChoice } from "./olmoe/expert-choice.ts";
import { olmoeGranularity } from "./olmoe/granularity.ts";
import { olmoeInit } from "./olmoe/init.ts";
import { olmoeLayerShared } from "./olmoe/layer-shared.ts";
import { olmoeNorm } from "./olmoe/norm.ts";
import { olmoeQkNorm } from "./olmoe/qk-norm.ts";
import { olmoeSharedExpert } from "./olmoe/shared-expert.ts";
import { olmoeUpcycling } from "./olmoe/upcycling.ts";
import { olmoeZLoss } from "./olmoe/z-loss.ts";
import { yuan1 } from "./yuan/table-1.ts";
import { yuan2 } from "./yuan/table-2.ts";

/** Every question of a paper, one file each, in the order in which they are listed. */
export const QUESTIONS: readonly PaperTable[] = [
  yuan1,
  yuan2,
  yuanLoss,
  lfa,
  olmoeDense,
  olmoeGranularity,
  olmoeSharedExpert,
  olmoeExpertChoice,
  olmoeUpcycling,
  olmoeLayerShared,
  olmoeBalanceLoss,
  olmoeZLoss,
  olmoeDataMixture,
  olmoeInit,
  olmoeNorm,
  olmoeQkNorm,
  olmoeDecayNorms,
  olmoeDecayEmbeddings,
  olmoeAdamEps,
  olmoeAnneal,
  olmoeAdaptation,
  gatesRenormalised,
  attentionControls,
];
