import type { Settings } from "../config/settings.ts";
import type { Cost } from "../records/cost.ts";
import { sizeOf } from "../core/axes.ts";
import { parameterSpecs, routerSizes } from "./parameters.ts";
import type { Router } from "./router.ts";

/** Parameters and forward FLOPs of a model: formulas, tested against the real variables and a count over the graph. */
export function costOf(settings: Settings, router: Router, vocabulary: number): Cost {
  const { model, data } = settings;
  const { width: D, layers: L, experts: E, topK: K, expertWidth: F } = model;
  const totalParameters = Object.values(parameterSpecs(settings, router, vocabulary)).reduce(
    (sum, { shape }) => sum + sizeOf(shape),
    0,
  );
  const idle = L * (E - K) * 3 * D * F;
  const { options } = settings.router;
  const experts = 2 * 3 * D * F * (K + router.alwaysOnExperts(options));
  const filter = model.localizedFiltering ? 2 * (2 * D * D) : 0;
  const attention = 2 * (4 * D * D + 2 * data.sequenceLength * D) + filter;
  const perLayer = attention + experts + router.flopsPerToken(routerSizes(settings, vocabulary), options);
  return {
    totalParameters,
    activeParameters: totalParameters - idle,
    forwardFlopsPerToken: L * perLayer + 2 * D * vocabulary,
  };
}
