import { sizeOf } from "../core/axes.ts";
import type { ModelSettings } from "../config/settings.ts";
import type { Cost } from "../records/cost.ts";
import { expertSpace } from "./parameters.ts";
import type { ModelSpec } from "./spec.ts";

/** Parameters and forward FLOPs of a model: formulas, tested against the real variables and a count over the graph. */
export function costOf({ settings: { model }, sizes, routers, parameters }: ModelSpec): Cost {
  const { layers: L, denseLayers, expertWidth: F, latentWidth } = model;
  const { T, D, E, K, V } = sizes;
  const totalParameters = Object.values(parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  // A dense layer is as wide as what a token meets of experts.
  const withExperts = L - denseLayers;
  const M = expertSpace(model);
  // Of one set for all layers, a token meets other experts in each at best.
  const idle = model.sharedAcrossLayers
    ? (E - Math.min(E, withExperts * K)) * 3 * M * F
    : withExperts * (E - K) * 3 * M * F;
  const alwaysOn = routers.map(({ alwaysOnExperts }) => 2 * 3 * D * F * alwaysOnExperts);
  const chosen = 2 * 3 * F * K * (denseLayers * D + withExperts * M);
  const projections = withExperts * 2 * 2 * D * latentWidth;
  const routing = routers.slice(denseLayers).map(({ flopsPerToken }) => flopsPerToken);
  const filter = model.localizedFiltering ? 2 * (2 * D * D) : 0;
  const attention = 2 * (4 * D * D + 2 * T * D) + filter;
  return {
    totalParameters,
    activeParameters: totalParameters - idle,
    forwardFlopsPerToken: L * attention + chosen + projections + sum([...alwaysOn, ...routing]) + 2 * D * V,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/**
 * A model's cost with the experts that its router was measured to send tokens to, in place of the topK that it declares: an expert
 * more or less a token is 3 M F active parameters and 6 M F FLOPs a layer, at the M numbers of a token that it takes.
 * @param declared of `costOf`
 * @param expertsPerToken mean over tokens, by layer; undefined where nobody counted
 */
export function measuredCost(
  declared: Cost,
  model: Pick<ModelSettings, "width" | "latentWidth" | "expertWidth" | "topK">,
  expertsPerToken: readonly number[] | undefined,
): Cost {
  const { expertWidth: F, topK: K } = model;
  const M = expertSpace(model);
  const more = (expertsPerToken ?? []).reduce((sum, experts) => sum + (experts - K), 0);
  return {
    totalParameters: declared.totalParameters,
    activeParameters: declared.activeParameters + more * 3 * M * F,
    forwardFlopsPerToken: declared.forwardFlopsPerToken + more * 6 * M * F,
  };
}
