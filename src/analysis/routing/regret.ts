import type { Stream } from "../../core/streams.ts";
import { ALL_DOMAINS } from "./counts.ts";
import type { Measure } from "./measures.ts";

/** Losses of one token in a layer: on the route that the router chose, and on routes of equal compute: all, the chosen one among them, or drawn ones. */
export interface TokenRoutes {
  readonly domain: string;
  /** Probability that the model gave its best guess, on its own route. */
  readonly confidence: number;
  /** Nats, of the token that really came. */
  readonly chosenNats: number;
  /** On all routes, or on some that were drawn evenly. */
  readonly routesNats: ArrayLike<number>;
  /**
   * Only where routes were drawn: on some that were drawn by the router's probabilities, which find better ones than even draws do. They count for
   * the best alone: the mean, and what a random route is, stay those of even draws, which they were for every number of routes.
   */
  readonly likelyNats?: ArrayLike<number>;
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

/** K distinct experts, drawn one after another in proportion to exp(logit): the K largest of logit + Gumbel noise (Kool et al., arXiv 1903.06059). */
export function drawnRoute(
  { E, K }: { readonly E: number; readonly K: number },
  logit: (e: number) => number,
  stream: Stream,
): readonly number[] {
  const draws = Array.from({ length: E }, (_, e) => ({
    e,
    value: logit(e) - Math.log(-Math.log(stream.uniform())),
  }));
  return draws
    .sort((a, b) => b.value - a.value)
    .slice(0, K)
    .map(({ e }) => e);
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

/** The chosen route less the best that is known, and less the mean over all routes (an estimate of it, where they were drawn evenly). */
export function tokenRegret({ chosenNats, routesNats, likelyNats = [] }: TokenRoutes): {
  readonly toBest: number;
  readonly toMean: number;
} {
  let [best, total] = [chosenNats, 0];
  for (let r = 0; r < routesNats.length; r++) {
    best = Math.min(best, routesNats[r] ?? 0);
    total += routesNats[r] ?? 0;
  }
  for (let r = 0; r < likelyNats.length; r++) best = Math.min(best, likelyNats[r] ?? 0);
  return { toBest: chosenNats - best, toMean: chosenNats - total / routesNats.length };
}

function regretOf(tokens: readonly TokenRoutes[]): (readonly [string, number, number | null])[] {
  const sums = { toBest: 0, toMean: 0, meanToBest: 0, inBest: 0, inBestByChance: 0 };
  for (const token of tokens) {
    const { chosenNats, routesNats, likelyNats } = token;
    const n = routesNats.length;
    let lower = 0;
    for (let r = 0; r < n; r++) if ((routesNats[r] ?? 0) < chosenNats) lower += 1;
    const { toBest, toMean } = tokenRegret(token);
    sums.toBest += toBest;
    sums.toMean += toMean;
    sums.meanToBest += toBest - toMean;
    if (lower < n / 4) sums.inBest += 1;
    // The chosen one is one of n, or stands beside n others.
    sums.inBestByChance += Math.ceil(n / 4) / (likelyNats === undefined ? n : n + 1);
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
