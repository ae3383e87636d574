import type { Settings } from "../config/settings.ts";
import type { Engine } from "../engine/types.ts";
import type { Router, RouterOptions } from "../model/router.ts";
import { type ModelSpec, modelSpec } from "../model/spec.ts";
import { VOCABULARY } from "./models.ts";
import { expertAxes, type ExpertAxes } from "./renumbering.ts";

/** Both engines: what everything means, and what trains. */
export interface CheckEngines {
  readonly eager: Engine;
  readonly fast: Engine;
}

/** A router under test, in small random models that it accepts. The first shows most. */
export interface CheckSubject {
  readonly models: readonly ModelSpec[];
  readonly first: ModelSpec;
  /** Of the first model. */
  readonly axes: ExpertAxes;
  readonly axesOf: (model: ModelSpec) => ExpertAxes;
  readonly engines: CheckEngines;
}

/** @param settings at least one; what the router declares there must have been looked at. */
export function checkSubject(
  router: Router,
  options: RouterOptions,
  settings: readonly Settings[],
  engines: CheckEngines,
): CheckSubject {
  const models = settings.map((one) => modelSpec(one, router, VOCABULARY));
  const [first] = models;
  if (first === undefined) throw new Error("a check needs a model");
  const axesOf = (model: ModelSpec): ExpertAxes => expertAxes(router, model.router, options);
  return { models, first, axes: axesOf(first), axesOf, engines };
}
