import type { ModelSettings } from "../config/settings.ts";
import type { RouterProblem } from "../model/router.ts";

/** With K = 1 a softmax over the chosen is constant 1, and no language-model gradient reaches the router. */
export function renormalisedNeedsTwo(model: ModelSettings): RouterProblem[] {
  if (model.topK > 1) return [];
  const message =
    "is 1 with renormalised gates: the gate is then always 1 and the router gets no gradient from the language-model loss; " +
    "set router.options.renormalise to false or topK to 2 or more";
  return [{ path: "model.topK", message }];
}

/** Routing between fewer than two experts is none. */
export function needsSeveralExperts(router: string, model: ModelSettings): RouterProblem[] {
  if (model.experts > 1) return [];
  const message = `is ${model.experts}, but the ${router} router needs at least 2; use the router "dense" for a single one`;
  return [{ path: "model.experts", message }];
}
