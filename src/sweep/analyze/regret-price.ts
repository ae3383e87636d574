import { allRoutes } from "../../analysis/routing/regret.ts";
import type { Settings } from "../../config/settings.ts";

/** Routes are enumerated up to so many, else drawn. */
export const MOST_ROUTES = 500;
export const DRAWN_ROUTES = 64;
/** Batches of which every token of the last layer takes every route. */
export const REGRET_BATCHES = 4;
/** Of which gradients are taken, of every model. */
export const GRADIENT_BATCHES = 8;
/** Of each layer but the last, (batch, position) pairs of which one token a sequence is sent elsewhere. */
export const LOWER_POSITIONS = 12;

/** Whether there are too many routes of K of E experts to try them all. */
export function areRoutesDrawn({ E, K }: { readonly E: number; readonly K: number }): boolean {
  return allRoutes(E, K, MOST_ROUTES) === null;
}

/** Passes of a token forwards, that gradients of a model cost: forwards and back is three. */
export function gradientTokens({ data }: Pick<Settings, "data">): number {
  return 3 * GRADIENT_BATCHES * data.batchSequences * data.sequenceLength;
}

/** Tokens that go through a model to judge its routes, about. */
export function regretTokens({ model, data }: Pick<Settings, "model" | "data">): number {
  const routes = allRoutes(model.experts, model.topK, MOST_ROUTES)?.length ?? DRAWN_ROUTES;
  const lower = model.layers - model.denseLayers - 1;
  const batches = routes * (REGRET_BATCHES + lower * LOWER_POSITIONS);
  return batches * data.batchSequences * data.sequenceLength;
}
