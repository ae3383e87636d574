import { countsOf, sumOf } from "../../analysis/routing/counts.ts";
import { measuresOfCounts, measuresOfDecisions } from "../../analysis/routing/measures.ts";
import type { ModelOf, RoutingAnalysis } from "../../analysis/routing/results.ts";
import type { Decisions } from "../../records/decisions.ts";
import type { RoutingCounts } from "../../store/routing-files/read-counts.ts";
import { expertRows, flowRows, pairRows } from "./rows.ts";

/** What a model made elsewhere is called in tables; nothing is known of its training. */
function given(name: string): ModelOf {
  return { variant: name, seed: 1, step: 0, trained: 0 };
}

/** What only a model itself can tell. */
const OF_MODELS = { matrices: [], positions: [], gradients: [], paired: [], asked: [], samples: [] } as const;

/** The same tables and figures from counts. */
export function analysisOfCounts(name: string, { layers }: RoutingCounts): RoutingAnalysis {
  const of = given(name);
  const [first] = layers;
  return {
    measures: layers.flatMap(measuresOfCounts).map((row) => ({ ...of, ...row })),
    experts: layers.flatMap((counts) => expertRows(of, counts)),
    ...OF_MODELS,
    pairs: [],
    flows: [],
    tokens: sumOf((first?.domains ?? []).map(({ tokens }) => tokens)),
  };
}

/** The same tables and figures from the experts of every token. */
export function analysisOfDecisions(name: string, decisions: Decisions): RoutingAnalysis {
  const of = given(name);
  return {
    measures: measuresOfDecisions(decisions).map((row) => ({ ...of, ...row })),
    experts: decisions.layers.flatMap((layer) => expertRows(of, countsOf(decisions, layer))),
    pairs: pairRows(of, decisions),
    flows: flowRows(of, decisions),
    ...OF_MODELS,
    tokens: decisions.domain.length,
  };
}
