import { ALL_DOMAINS } from "./counts.ts";
import type { Measure } from "./measures.ts";

/** Losses of one token in a layer: on the route that the router chose, and on routes of equal compute, the chosen one among them. */
export interface TokenRoutes {
  readonly domain: string;
  /** Probability that the model gave its best guess, on its own route. */
  readonly confidence: number;
  /** Nats, of the token that really came. */
  readonly chosenNats: number;
  readonly routesNats: ArrayLike<number>;
}

const BANDS = [
  { name: "confidence under 25 %", below: 0.25 },
  { name: "confidence 25 to 50 %", below: 0.5 },
  { name: "confidence 50 to 75 %", below: 0.75 },
  { name: "confidence over 75 %", below: Infinity },
] as const;

/** All routes of K of E experts, ascending, or null where there are more than `most`. */
export function allRoutes(E: number, K: number, most: number): number[][] | null {
  let count = 1;
  for (let k = 0; k < K; k++) count = (count * (E - k)) / (k + 1);
  if (count > most) return null;
  let routes: number[][] = [[]];
  for (let k = 0; k < K; k++) {
    routes = routes.flatMap((route) => {
      const next = (route.at(-1) ?? -1) + 1;
      return Array.from({ length: E - next }, (_, i) => [...route, next + i]);
    });
  }
  return routes;
}

/**
 * Routing regret with the trained model held fixed (counterfactual routes, Yoon et al., arXiv 2605.07260): of all tokens, of each domain, and by
 * the model's confidence. The best route is known in hindsight only, so it is a bound that no router need reach.
 */
export function regretMeasures(layer: number, tokens: readonly TokenRoutes[]): Measure[] {
  const groups = new Map<string, TokenRoutes[]>();
  const put = (name: string, token: TokenRoutes): void => {
    const group = groups.get(name) ?? [];
    group.push(token);
    groups.set(name, group);
  };
  for (const token of tokens) {
    const band = BANDS.find(({ below }) => token.confidence < below) ?? BANDS[3];
    for (const name of [ALL_DOMAINS, token.domain, band.name]) put(name, token);
  }
  return [...groups].flatMap(([domain, group]) =>
    regretOf(group).map(([measure, value, chance]) => ({ layer, domain, measure, value, chance })),
  );
}

function regretOf(tokens: readonly TokenRoutes[]): (readonly [string, number, number | null])[] {
  const sums = { toBest: 0, toMean: 0, meanToBest: 0, inBest: 0, inBestByChance: 0 };
  for (const { chosenNats, routesNats } of tokens) {
    const n = routesNats.length;
    let [best, total, lower] = [Infinity, 0, 0];
    for (let r = 0; r < n; r++) {
      const loss = routesNats[r] ?? 0;
      best = Math.min(best, loss);
      total += loss;
      if (loss < chosenNats) lower += 1;
    }
    const mean = total / n;
    sums.toBest += chosenNats - best;
    sums.toMean += chosenNats - mean;
    sums.meanToBest += mean - best;
    if (lower < n / 4) sums.inBest += 1;
    sums.inBestByChance += Math.ceil(n / 4) / n;
  }
  const n = tokens.length;
  const randomToBest = sums.meanToBest / n;
  return [
    ["regret_to_best", sums.toBest / n, randomToBest],
    ["regret_to_mean", sums.toMean / n, 0],
    ["route_in_best_quarter", sums.inBest / n, sums.inBestByChance / n],
    // Where every route gives the same there is nothing to stand between.
    ...(sums.meanToBest > 0 ? [["route_standing", -sums.toMean / sums.meanToBest, 0] as const] : []),
  ];
}
