import type { Decisions } from "../../records/decisions.ts";
import type { TokenMeasure } from "../../train/collect-measures.ts";
import type { DomainMatrix } from "../../train/decide.ts";
import { ALL_DOMAINS } from "./counts.ts";
import { matrixRanks } from "./matrix-rank.ts";
import type { Measure } from "./measures.ts";

/** What their names in tables begin with. */
export const OWN = "router.";

/** Mean over the tokens of each domain, and of all, of what the routers declare of themselves: `router.<name>`. */
export function ownMeasures(
  { domain, domains }: Pick<Decisions, "domain" | "domains">,
  measures: readonly TokenMeasure[],
): Measure[] {
  return measures.flatMap(({ name, layer, unit, chance, values }): Measure[] => {
    const sums = domains.map(() => ({ total: 0, tokens: 0 }));
    values.forEach((value, token) => {
      const sum = sums[domain[token] ?? 0];
      if (sum === undefined) return;
      sum.total += value;
      sum.tokens += 1;
    });
    const all = sums.reduce(
      (one, other) => ({ total: one.total + other.total, tokens: one.tokens + other.tokens }),
      { total: 0, tokens: 0 },
    );
    return [...sums, all].flatMap(({ total, tokens }, place): Measure[] => {
      if (tokens === 0) return [];
      const of = { layer, domain: domains[place] ?? ALL_DOMAINS, measure: `${OWN}${name}`, unit };
      return [{ ...of, value: total / tokens, chance }];
    });
  });
}

/**
 * Rank of the routers' named matrices, means over tokens: of each domain, and of all tokens. A mean of many matrices of low rank may well be of a
 * higher one: what a token's own has, the router says itself, where it does (`router.correlation_effective_rank`).
 */
export function matrixMeasures(
  { domain, domains }: Pick<Decisions, "domain" | "domains">,
  matrices: readonly DomainMatrix[],
): Measure[] {
  const tokens = domains.map(() => 0);
  for (const place of domain) tokens[place] = (tokens[place] ?? 0) + 1;
  const groups = new Map<string, DomainMatrix[]>();
  for (const matrix of matrices) {
    const key = JSON.stringify([matrix.name, matrix.layer]);
    groups.set(key, [...(groups.get(key) ?? []), matrix]);
  }
  return [...groups.values()].flatMap((group) => {
    const weights = group.map((one) => tokens[domains.indexOf(one.domain)] ?? 0);
    return [...group, meanOf(group, weights)].flatMap(({ name, layer, domain: of, columns, values }) => {
      const { rank, effective } = matrixRanks(values, columns);
      const row = { layer, domain: of, chance: null, unit: "singular values" };
      return [
        { ...row, measure: `${name}_rank`, value: rank },
        { ...row, measure: `${name}_effective_rank`, value: effective },
      ];
    });
  });
}

/** The mean over all tokens, from those over the tokens of each domain. */
function meanOf(group: readonly DomainMatrix[], weights: readonly number[]): DomainMatrix {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const [first] = group;
  if (first === undefined) throw new Error("there is no matrix");
  const values = new Float64Array(first.values.length);
  group.forEach((matrix, index) => {
    const share = (weights[index] ?? 0) / total;
    matrix.values.forEach((value, i) => (values[i] = (values[i] ?? 0) + share * value));
  });
  return { ...first, domain: ALL_DOMAINS, values };
}
