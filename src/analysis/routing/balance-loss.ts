import type { DomainCounts, LayerCounts } from "../../records/decisions.ts";
import { pooled, sumOf } from "./counts.ts";

/**
 * The balancing loss of a layer on each domain and on all: E sum_e f_e P_e, f the experts' shares of the assignments and P the router's probabilities, means over
 * the domain's tokens (Switch Transformer, arXiv 2101.03961, equation 4, less alpha). 1 at an even load or even probabilities; OLMoE's table 6 (arXiv 2409.02060) is
 * k times it, a mean over layers. Nothing without probabilities, and nothing of a domain without tokens.
 * @param meanProbs [domains, E]
 */
export function balanceLosses(
  counts: LayerCounts,
  meanProbs: readonly Float64Array[] | null,
): { readonly domain: string; readonly value: number }[] {
  if (meanProbs === null) return [];
  const E = meanProbs[0]?.length ?? 0;
  const all = pooled(counts);
  const mean = Float64Array.from({ length: E }, (_, e) =>
    counts.domains.reduce(
      (sum, { tokens }, d) => sum + (tokens === 0 ? 0 : tokens * (meanProbs[d]?.[e] ?? 0)),
      0,
    ),
  ).map((sum) => sum / all.tokens);
  const rows = [...counts.domains.map((one, d) => [one, meanProbs[d] ?? []] as const), [all, mean] as const];
  return rows.flatMap(([{ domain, tokens, assigned }, probs]) => {
    const value = lossOf(assigned, probs);
    return tokens === 0 || value === null ? [] : [{ domain, value }];
  });
}

/** Null where no expert got a token. */
function lossOf(assigned: DomainCounts["assigned"], probs: ArrayLike<number>): number | null {
  const total = sumOf(assigned);
  if (total === 0) return null;
  let sum = 0;
  for (let e = 0; e < assigned.length; e++) sum += (assigned[e] ?? 0) * (probs[e] ?? 0);
  return (assigned.length * sum) / total;
}
