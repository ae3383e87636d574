import type { LayerDecisions } from "../../records/decisions.ts";
import { rowsOf } from "./counts.ts";
import { quantile } from "./quantile.ts";

/** How decided a router is. */
export interface GateMeasures {
  /** Mean weight of the first, second, .. expert of a token, over the tokens that have one; at most eight ranks. Null where weights are not known. */
  readonly byRank: readonly number[] | null;
  /** Mean entropy of the router's probabilities by ln E; 1 is an undecided router. Null where it has none. */
  readonly entropyShare: number | null;
  /** Of the K-th largest probability less the next: mean and percentiles over tokens; 0 is an undecided router. Null where it has none. */
  readonly margin: { readonly mean: number; readonly tenth: number; readonly ninetieth: number } | null;
}

const MOST_RANKS = 8;

/** @param experts E */
export function gateMeasures(layer: LayerDecisions, experts: number): GateMeasures {
  const { gate, entropyNats, margin } = layer;
  return {
    byRank: gate && meanByRank(layer, gate),
    entropyShare: entropyNats && meanOf(entropyNats) / Math.log(experts),
    margin: margin && {
      mean: meanOf(margin),
      tenth: quantile(margin, 0.1),
      ninetieth: quantile(margin, 0.9),
    },
  };
}

function meanByRank({ first }: LayerDecisions, gate: Float32Array): number[] {
  const sums: number[] = [];
  const counts: number[] = [];
  for (let t = 0; t + 1 < first.length; t++) {
    const [start, end] = rowsOf(first, t);
    for (let rank = 0; rank < Math.min(end - start, MOST_RANKS); rank++) {
      sums[rank] = (sums[rank] ?? 0) + (gate[start + rank] ?? 0);
      counts[rank] = (counts[rank] ?? 0) + 1;
    }
  }
  return sums.map((sum, rank) => sum / (counts[rank] ?? 1));
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
