import { sizeOf } from "../core/axes.ts";
import type { Cost } from "../records/cost.ts";
import type { ModelSpec } from "./spec.ts";

/** Parameters and forward FLOPs of a model: formulas, tested against the real variables and a count over the graph. */
export function costOf({ settings: { model }, router, parameters }: ModelSpec): Cost {
  const { layers: L, denseLayers, expertWidth: F } = model;
  const { T, D, E, K, V } = router.sizes;
  const totalParameters = Object.values(parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  // A dense layer is as wide as what a token meets of experts.
  const withExperts = L - denseLayers;
  const idle = withExperts * (E - K) * 3 * D * F;
  const experts = 2 * 3 * D * F * (K + router.alwaysOnExperts);
  const filter = model.localizedFiltering ? 2 * (2 * D * D) : 0;
  const attention = 2 * (4 * D * D + 2 * T * D) + filter;
  return {
    totalParameters,
    activeParameters: totalParameters - idle,
    forwardFlopsPerToken: L * (attention + experts) + withExperts * router.flopsPerToken + 2 * D * V,
  };
}
