import type { ObjectiveName } from "../config/declared/objective.ts";
import type { ObjectiveSettings } from "../config/settings.ts";
import { declaredObjective } from "../config/stages/objective.ts";
import { dpo } from "./dpo.ts";
import type { BoundObjective, Objective } from "./objective.ts";
import { pretrain } from "./pretrain.ts";
import { sft } from "./sft.ts";
import { tdMle } from "./td-mle.ts";

const OBJECTIVES: Readonly<Record<ObjectiveName, Objective>> = { pretrain, sft, dpo, "td-mle": tdMle };

/** The objective that settings ask for, with its options. */
export function boundObjective(settings: ObjectiveSettings): BoundObjective {
  const objective = OBJECTIVES[settings.name];
  const { needs, hasReference } = declaredObjective(settings);
  return {
    needs,
    hasReference,
    reports: Object.keys(objective.reports),
    loss: (logits, batch) => objective.loss(logits, batch, settings.options),
  };
}
