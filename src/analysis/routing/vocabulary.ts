import { shuffle } from "../../core/shuffle.ts";
import type { Stream } from "../../core/streams.ts";
import type { LayerDecisions } from "../../records/decisions.ts";
import { rowsOf } from "./counts.ts";

/** How much of a token id's occurrences goes to one expert. */
export interface VocabularySpecialisation {
  /**
   * N(x, E_i) / N(x) of the expert that has most of id x (OLMoE, arXiv 2409.02060, section 5.4), mean over occurrences: ids that come often count
   * often. The paper's script takes the mean over ids, where one seen once counts as wholly specialised.
   */
  readonly share: number;
  /** The same with the experts dealt out anew among the tokens: what chance gives at these loads and counts. */
  readonly chance: number;
  /** Share of the occurrences whose id comes often enough to be counted. */
  readonly coverage: number;
  /** Different ids among these. */
  readonly ids: number;
}

/** Ids that come often enough, numbered. */
export interface CountedIds {
  /** [n], number of the id at each position; -1 where it is too rare. */
  readonly place: Int32Array;
  /** Different ids that are counted, and their occurrences. */
  readonly ids: number;
  readonly occurrences: number;
}

/** @param ids [n]; @param leastCount ids that occur less often are left out. */
export function countIds(ids: Int32Array, leastCount: number): CountedIds {
  const occurrences = new Map<number, number>();
  for (const id of ids) occurrences.set(id, (occurrences.get(id) ?? 0) + 1);
  const placeOf = new Map<number, number>();
  for (const [id, count] of occurrences) if (count >= leastCount) placeOf.set(id, placeOf.size);
  const place = ids.map((id) => placeOf.get(id) ?? -1);
  return { place, ids: placeOf.size, occurrences: place.reduce((sum, one) => sum + (one < 0 ? 0 : 1), 0) };
}

/** Orders of n tokens, the first as they are, the others at random: in which experts are dealt out for chance. */
export function tokenOrders(n: number, shuffles: number, stream: Stream): readonly Uint32Array[] {
  const own = Uint32Array.from({ length: n }, (_, t) => t);
  return [
    own,
    ...Array.from({ length: shuffles }, () => {
      const order = own.slice();
      shuffle(order, stream);
      return order;
    }),
  ];
}

/**
 * @param ids of each position.
 * @param options.orders of `tokenOrders`.
 * @param options.ranks only the first so many experts of each token; all where it is left out.
 * @returns null where no id occurs often enough.
 */
export function vocabularySpecialisation(
  ids: CountedIds,
  layer: LayerDecisions,
  experts: number,
  options: { readonly orders: readonly Uint32Array[]; readonly ranks?: number },
): VocabularySpecialisation | null {
  if (ids.ids === 0) return null;
  const [share = 0, ...chances] = options.orders.map(
    (order) => mostByOneExpert(ids, order, layer, { experts, ranks: options.ranks }) / ids.occurrences,
  );
  return {
    share,
    chance: chances.reduce((sum, one) => sum + one, 0) / chances.length,
    coverage: ids.occurrences / ids.place.length,
    ids: ids.ids,
  };
}

/** Sum over ids of the most occurrences that one expert has. @param order whose experts each token gets. */
function mostByOneExpert(
  { place, ids }: CountedIds,
  order: Uint32Array,
  { first, expert }: LayerDecisions,
  sizes: { readonly experts: number; readonly ranks: number | undefined },
): number {
  const { experts, ranks = Infinity } = sizes;
  const table = new Uint32Array(ids * experts);
  for (let t = 0; t < place.length; t++) {
    const id = place[t] ?? -1;
    if (id < 0) continue;
    const [start, end] = rowsOf(first, order[t] ?? 0);
    for (let r = start; r < Math.min(end, start + ranks); r++) {
      const cell = id * experts + (expert[r] ?? 0);
      table[cell] = (table[cell] ?? 0) + 1;
    }
  }
  let sum = 0;
  for (let id = 0; id < ids; id++) {
    let most = 0;
    for (let e = id * experts; e < (id + 1) * experts; e++) most = Math.max(most, table[e] ?? 0);
    sum += most;
  }
  return sum;
}
