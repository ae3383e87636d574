import { shuffle } from "../../core/shuffle.ts";
import type { Stream } from "../../core/streams.ts";
import type { LayerDecisions } from "../../records/decisions.ts";

/** How much of a token id's occurrences goes to one expert. */
interface VocabularySpecialisation {
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

/** Ids that come often enough, and where. */
export interface CountedIds {
  /** Positions of one id after another, those of each ascending. */
  readonly positions: Uint32Array;
  /** [ids + 1], id i stands at `positions[first[i]]` up to `first[i + 1]`. */
  readonly first: Uint32Array;
  /** Positions of all ids, the rare ones among them. */
  readonly tokens: number;
}

/** @param ids [n]; @param leastCount ids that occur less often are left out. */
export function countIds(ids: Int32Array, leastCount: number): CountedIds {
  const occurrences = new Map<number, number>();
  for (const id of ids) occurrences.set(id, (occurrences.get(id) ?? 0) + 1);
  const next = new Map<number, number>();
  const first = [0];
  for (const [id, count] of occurrences) {
    if (count < leastCount) continue;
    const start = first.at(-1) ?? 0;
    next.set(id, start);
    first.push(start + count);
  }
  const positions = new Uint32Array(first.at(-1) ?? 0);
  for (let t = 0; t < ids.length; t++) {
    const id = ids[t] ?? 0;
    const at = next.get(id);
    if (at === undefined) continue;
    positions[at] = t;
    next.set(id, at + 1);
  }
  return { positions, first: Uint32Array.from(first), tokens: ids.length };
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

/** Layers whose experts are counted in one walk through the tokens. */
const LAYERS_AT_ONCE = 4;

/** Of the first expert of each token, and of all its experts, in one layer. */
interface LayerVocabulary {
  readonly top1: VocabularySpecialisation;
  readonly all: VocabularySpecialisation;
}

/**
 * Vocabulary specialisation of every layer.
 * @param ids of `countIds`.
 * @param orders of `tokenOrders`.
 * @returns nothing where no id occurs often enough.
 */
export function vocabularySpecialisation(
  ids: CountedIds,
  layers: readonly LayerDecisions[],
  experts: number,
  orders: readonly Uint32Array[],
): readonly LayerVocabulary[] {
  const occurrences = ids.positions.length;
  if (occurrences === 0) return [];
  const of = (most: readonly number[]): VocabularySpecialisation => {
    const [share = 0, ...chances] = most.map((sum) => sum / occurrences);
    return {
      share,
      chance: chances.reduce((sum, one) => sum + one, 0) / chances.length,
      coverage: occurrences / ids.tokens,
      ids: ids.first.length - 1,
    };
  };
  const found: LayerVocabulary[] = [];
  for (let from = 0; from < layers.length; from += LAYERS_AT_ONCE) {
    const some = layers.slice(from, from + LAYERS_AT_ONCE);
    const rows = countersOf(some, ids.tokens, experts);
    const sums = orders.map((order) => mostByOneExpert(ids, order, rows));
    some.forEach((_, place) => {
      const most = (segment: number): number[] => sums.map((sum) => sum[segment] ?? 0);
      found.push({ top1: of(most(place)), all: of(most(some.length + place)) });
    });
  }
  return found;
}

/** The counters that each token adds to, in segments of E: the first expert of each layer, then all experts of each layer. */
interface TokenCounters {
  /** [n + 1], token t adds to `counter[first[t]]` up to `first[t + 1]`. */
  readonly first: Uint32Array;
  readonly counter: Uint16Array | Uint32Array;
  readonly segments: number;
  readonly experts: number;
}

/** Side by side in memory, since tokens are visited in any order: what they cost is mostly the way to them. */
function countersOf(layers: readonly LayerDecisions[], tokens: number, experts: number): TokenCounters {
  const segments = 2 * layers.length;
  const assigned = layers.reduce((sum, { expert }) => sum + expert.length, 0);
  const room = assigned + layers.length * tokens;
  const counter = segments * experts <= 65_536 ? new Uint16Array(room) : new Uint32Array(room);
  const first = new Uint32Array(tokens + 1);
  let at = 0;
  for (let t = 0; t < tokens; t++) {
    for (let place = 0; place < layers.length; place++) {
      const layer = layers[place];
      const [start, end] = [layer?.first[t] ?? 0, layer?.first[t + 1] ?? 0];
      if (end > start) counter[at++] = place * experts + (layer?.expert[start] ?? 0);
      const base = (layers.length + place) * experts;
      for (let r = start; r < end; r++) counter[at++] = base + (layer?.expert[r] ?? 0);
    }
    first[t + 1] = at;
  }
  return { first, counter, segments, experts };
}

/**
 * By segment, the sum over ids of the most occurrences that one expert has. Id by id, so that the counts at hand are those of one: a table of all ids is
 * many times the size of a processor's cache.
 * @param order whose experts each token gets.
 */
function mostByOneExpert(
  { positions, first: firstOf }: CountedIds,
  order: Uint32Array,
  { first, counter, segments, experts }: TokenCounters,
): Float64Array {
  const [starts, stops] = [new Uint32Array(positions.length), new Uint32Array(positions.length)];
  for (let i = 0; i < positions.length; i++) {
    const token = order[positions[i] ?? 0] ?? 0;
    starts[i] = first[token] ?? 0;
    stops[i] = first[token + 1] ?? 0;
  }
  const counts = new Uint32Array(segments * experts);
  // Written, so that the compiler leaves the reading in.
  const touched = new Uint32Array(1);
  const sums = new Float64Array(segments);
  for (let id = 0; id + 1 < firstOf.length; id++) {
    counts.fill(0);
    const [from, to] = [firstOf[id] ?? 0, firstOf[id + 1] ?? 0];
    touched[0] = touch(counter, starts, from, to);
    for (let i = from; i < to; i++) {
      const stop = stops[i] ?? 0;
      for (let r = starts[i] ?? 0; r < stop; r++) {
        const at = counter[r] ?? 0;
        counts[at] = (counts[at] ?? 0) + 1;
      }
    }
    for (let segment = 0; segment < segments; segment++) {
      let most = 0;
      for (let e = segment * experts; e < (segment + 1) * experts; e++) most = Math.max(most, counts[e] ?? 0);
      sums[segment] = (sums[segment] ?? 0) + most;
    }
  }
  return sums;
}

/** Reads a number of each of some rows, so that the processor fetches them all at the same time; as they are counted it would wait for each (4 times as long). */
function touch(counter: Uint16Array | Uint32Array, starts: Uint32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum ^= counter[starts[i] ?? 0] ?? 0;
  return sum;
}
