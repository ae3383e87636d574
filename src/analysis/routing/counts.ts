import type { Decisions, DomainCounts, LayerCounts, LayerDecisions } from "../../records/decisions.ts";

/** The name under which all domains together are counted. */
export const ALL_DOMAINS = "all";

/**
 * Counts assignments by domain and expert.
 * @param ranks only the first so many experts of each token; all where it is left out.
 */
export function countsOf(
  { domains, domain, experts }: Pick<Decisions, "domains" | "domain" | "experts">,
  { layer, first, expert }: LayerDecisions,
  ranks = Infinity,
): LayerCounts {
  const assigned = domains.map(() => new Float64Array(experts));
  const tokens = new Float64Array(domains.length);
  for (let t = 0; t < domain.length; t++) {
    const of = domain[t] ?? 0;
    tokens[of] = (tokens[of] ?? 0) + 1;
    const row = assigned[of];
    const [start, end] = rowsOf(first, t);
    if (row === undefined) continue;
    for (let r = start; r < Math.min(end, start + ranks); r++) {
      const e = expert[r] ?? 0;
      row[e] = (row[e] ?? 0) + 1;
    }
  }
  return {
    layer,
    domains: domains.map((name, index) => ({
      domain: name,
      tokens: tokens[index] ?? 0,
      assigned: assigned[index] ?? [],
    })),
  };
}

/** First row of a token, and that after its last. */
export function rowsOf(first: Uint32Array, token: number): readonly [number, number] {
  return [first[token] ?? 0, first[token + 1] ?? 0];
}

/** All domains together. */
export function pooled({ domains }: LayerCounts): DomainCounts {
  const E = Math.max(0, ...domains.map(({ assigned }) => assigned.length));
  const assigned = new Float64Array(E);
  let tokens = 0;
  for (const one of domains) {
    tokens += one.tokens;
    for (let e = 0; e < E; e++) assigned[e] = (assigned[e] ?? 0) + (one.assigned[e] ?? 0);
  }
  return { domain: ALL_DOMAINS, tokens, assigned };
}

/** Sum of numbers. */
export function sumOf(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] ?? 0;
  return total;
}
