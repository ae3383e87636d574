import type { TableEntry } from "./entry.ts";
import { attentionControls } from "./attention-controls.ts";
import { gatesRenormalised } from "./gates-renormalised.ts";
import { lfa } from "./lfa.ts";
import { olmoeAdamEps } from "./olmoe-adam-eps.ts";
import { olmoeAnneal } from "./olmoe-anneal.ts";
import { olmoeBalanceLoss } from "./olmoe-balance-loss.ts";
import { olmoeDataMixture } from "./olmoe-data-mixture.ts";
import { olmoeDecayEmbeddings } from "./olmoe-decay-embeddings.ts";
import { olmoeDecayNorms } from "./olmoe-decay-norms.ts";
import { olmoeDense } from "./olmoe-dense.ts";
import { olmoeExpertChoice } from "./olmoe-expert-choice.ts";
import { olmoeGranularity } from "./olmoe-granularity.ts";
import { olmoeInit } from "./olmoe-init.ts";
import { olmoeNorm } from "./olmoe-norm.ts";
import { olmoeQkNorm } from "./olmoe-qk-norm.ts";
import { olmoeSharedExpert } from "./olmoe-shared-expert.ts";
import { olmoeUpcycling } from "./olmoe-upcycling.ts";
import { olmoeZLoss } from "./olmoe-z-loss.ts";
import { yuan1 } from "./yuan-1.ts";
import { yuan2 } from "./yuan-2.ts";

/** Every table that `moe-lab table` knows: one file each. */
export const TABLES: readonly TableEntry[] = [
  yuan1,
  yuan2,
  lfa,
  olmoeDense,
  olmoeGranularity,
  olmoeSharedExpert,
  olmoeExpertChoice,
  olmoeUpcycling,
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
  gatesRenormalised,
  attentionControls,
];
