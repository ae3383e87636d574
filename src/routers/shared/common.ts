import type { ModelSettings } from "../../config/settings.ts";
import { tf } from "../../engine/tf.ts";
import type { Tensor } from "../../engine/types.ts";
import type { RouterProblem, Routing } from "../../model/router.ts";

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

/** A router whose paper fixes K. */
export function needsTopK(router: string, K: number, model: ModelSettings): RouterProblem[] {
  if (model.topK === K) return [];
  const experts = `${K} expert${K === 1 ? "" : "s"}`;
  return [
    { path: "model.topK", message: `is ${model.topK}, but the ${router} router sends a token to ${experts}` },
  ];
}

/** What a top-k router needs: several experts, and K of 2 or more where its gates sum to 1. */
export function topKProblems(router: string, renormalise: boolean, model: ModelSettings): RouterProblem[] {
  return [...needsSeveralExperts(router, model), ...(renormalise ? renormalisedNeedsTwo(model) : [])];
}

/** Experts that nothing learned chose, with equal gates 1/K. @param expert [S, K] int32 */
export function fixedRouting(expert: Tensor): Routing {
  const [S = 0, K = 0] = expert.shape;
  return { assignment: { kind: "token-choice", expert, gate: tf.fill([S, K], 1 / K) } };
}

/** The experts of group g modulo G = floor(E / K): K * g .. K * g + K - 1, so that two groups share none. */
export function disjointExperts(g: number, E: number, K: number): number[] {
  return Array.from({ length: K }, (_, k) => K * (g % Math.floor(E / K)) + k);
}
