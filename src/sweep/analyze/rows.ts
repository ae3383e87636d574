import { coActivation, expertPairs } from "../../analysis/routing/co-activation.ts";
import { sumOf } from "../../analysis/routing/counts.ts";
import { flowsBetween } from "../../analysis/routing/flow.ts";
import { lossByPosition } from "../../analysis/routing/positions.ts";
import type { ExpertRow, ModelOf, RoutingAnalysis } from "../../analysis/routing/results.ts";
import type { Decisions, LayerCounts } from "../../records/decisions.ts";

/** A row an expert and domain. */
export function expertRows(of: ModelOf, { layer, domains }: LayerCounts): ExpertRow[] {
  const assigned = sumOf(domains.map((domain) => sumOf(domain.assigned)));
  const tokens = sumOf(domains.map((domain) => domain.tokens));
  return domains.flatMap((domain) => {
    const E = domain.assigned.length;
    return Array.from(domain.assigned, (count, expert) => ({
      ...of,
      ...{ layer, domain: domain.domain, expert, tokens: domain.tokens, assigned: count },
      even: assigned / tokens / E,
    }));
  });
}

/** A row a band of positions. */
export function positionRows(
  of: ModelOf,
  lossNats: Float32Array,
  T: number,
): RoutingAnalysis["positions"][number][] {
  return lossByPosition(lossNats, T).map((row) => ({ ...of, ...row }));
}

/** Every pair of experts of each layer. */
export function pairRows(of: ModelOf, { layers, experts }: Decisions): RoutingAnalysis["pairs"][number][] {
  return layers.flatMap((layer) =>
    expertPairs(coActivation(layer, experts)).map((pair) => ({ ...of, layer: layer.layer, ...pair })),
  );
}

/** Every pair of experts of neighbouring layers. */
export function flowRows(of: ModelOf, { layers, experts }: Decisions): RoutingAnalysis["flows"][number][] {
  return layers.slice(1).flatMap((upper, index) => {
    const lower = layers[index];
    if (lower === undefined) return [];
    const between = { lower: lower.layer, upper: upper.layer };
    return flowsBetween(lower, upper, experts).map((flow) => ({ ...of, ...between, ...flow }));
  });
}
