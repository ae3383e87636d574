import { z } from "zod";
import type { ModelSettings } from "../config/settings.ts";
import type { Tensor, Tensors } from "../engine/types.ts";

/** A problem with a combination of settings. */
export interface SettingProblem {
  readonly path: string;
  readonly message: string;
}

/** A parameter or state tensor by name. */
export function need(tensors: Tensors, name: string): Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new Error(`the router was not given ${name}`);
  return tensor;
}

/** With K = 1 a softmax over the chosen is constant 1, and no language-model gradient reaches the router. */
export function renormalisedNeedsTwo(model: ModelSettings): SettingProblem[] {
  if (model.topK > 1) return [];
  const message =
    "is 1 with renormalised gates: the gate is then always 1 and the router gets no gradient from the language-model loss; " +
    "set router.options.renormalise to false or topK to 2 or more";
  return [{ path: "model.topK", message }];
}

/** Routing between fewer than two experts is none. */
export function needsSeveralExperts(router: string, model: ModelSettings): SettingProblem[] {
  if (model.experts > 1) return [];
  const message = `is ${model.experts}, but the ${router} router needs at least 2; use the router "dense" for a single one`;
  return [{ path: "model.experts", message }];
}

/** The option with which a router starts sharper than the model's std makes it. */
export function initScaleOption(weights: string) {
  return z
    .union([z.number().positive().max(1000), z.literal("match-linear")])
    .default(1)
    .describe(
      `Multiplier on the initial standard deviation of ${weights}; "match-linear" solves it so that the scores start with the spread of a linear router's.`,
    );
}
