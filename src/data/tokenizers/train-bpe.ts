import { growingVocabulary, pairKey } from "./bpe-model.ts";
import { BYTE_RANKS } from "./byte-letters.ts";
import { heapOf, type Heap } from "./heap.ts";
import { eachPiece } from "./pieces.ts";
import { symbolsOf, type Symbols } from "./symbols.ts";
import { BYTES, type Merge } from "./tokenizer.ts";
import { wordTable } from "./word-table.ts";

/** A pair of tokens that stand side by side in the text. */
interface Pair {
  readonly left: number;
  readonly right: number;
  /** How often, over the whole text. */
  count: number;
  /** Where its left token begins; some may be outdated. */
  places: number[];
}

/** A pair as it was counted when it came onto the heap. */
interface Candidate {
  readonly pair: Pair;
  readonly count: number;
}

/** A pair must be seen as often as this to be merged. */
const LEAST_COUNT = 2;

/**
 * Trains byte-level BPE (Sennrich et al. 2016 on bytes, Radford et al. 2019): starts with the 256 bytes and merges the most frequent
 * pair of neighbours, again and again, until there are `vocabulary` tokens or no pair is seen twice. Pairs are counted
 * inside pieces (pieces.ts); of equally frequent ones the one with the smaller left, then right token comes first, where
 * bytes are in the order of `BYTE_RANKS`. A function of the bytes alone; what it takes grows with the number of different pieces, times a logarithm.
 * @param texts each is cut into pieces by itself.
 * @returns merges; fewer than asked for where the text is too small.
 */
export function trainBpe(texts: Iterable<Uint8Array>, vocabulary: number): readonly Merge[] {
  const symbols = symbolsOf(countPieces(texts));
  const pairs = firstPairs(symbols);
  const heap: Heap<Candidate> = heapOf(isBefore);
  const offer = (pair: Pair): void => heap.push({ pair, count: pair.count });
  for (const pair of pairs.values()) offer(pair);
  const known = growingVocabulary();
  const merges: Merge[] = [];
  while (known.tokens.length < vocabulary) {
    const best = heap.pop();
    if (best === undefined) break;
    const { pair, count } = best;
    if (count !== pair.count) {
      if (pair.count > 0) offer(pair); // its count fell, or another candidate stands for it
      continue;
    }
    if (count < LEAST_COUNT) break;
    const result = known.join(pair.left, pair.right);
    merges.push([pair.left, pair.right]);
    for (const grown of mergePair(symbols, pairs, pair, result)) offer(grown);
  }
  return merges;
}

/** Different pieces of some texts, with how often each is seen. */
function countPieces(texts: Iterable<Uint8Array>): { readonly word: Uint8Array; readonly count: number }[] {
  const table = wordTable();
  const counts: number[] = [];
  for (const text of texts) {
    eachPiece(text, (start, end) => {
      const word = table.numberOf(text, start, end);
      counts[word] = (counts[word] ?? 0) + 1;
    });
  }
  return counts.map((count, word) => ({ word: table.bytes(word), count }));
}

/** All pairs of bytes, by their key. */
function firstPairs({ ids, next, weights, length }: Symbols): Map<number, Pair> {
  const pairs = new Map<number, Pair>();
  for (let place = 0; place < length; place++) {
    const following = next[place] ?? -1;
    if (following !== -1)
      count(pairs, ids[place] ?? 0, ids[following] ?? 0, weights[place] ?? 0).places.push(place);
  }
  return pairs;
}

/** Changes how often a pair is seen. */
function count(pairs: Map<number, Pair>, left: number, right: number, change: number): Pair {
  const key = pairKey(left, right);
  let pair = pairs.get(key);
  if (pair === undefined) pairs.set(key, (pair = { left, right, count: 0, places: [] }));
  pair.count += change;
  return pair;
}

/**
 * Replaces a pair by one token wherever it stands, from left to right, and counts its neighbours' pairs anew.
 * @returns the pairs that are seen more often now.
 */
function mergePair(
  symbols: Symbols,
  pairs: Map<number, Pair>,
  pair: Pair,
  result: number,
): ReadonlySet<Pair> {
  const { ids, next, previous, weights } = symbols;
  const { left, right } = pair;
  const grown = new Set<Pair>();
  const grow = (place: number, first: number, second: number): void => {
    const found = count(pairs, first, second, weights[place] ?? 0);
    found.places.push(place);
    grown.add(found);
  };
  // In "aaa" the pair (a, a) overlaps itself: which of the two is merged depends on the order.
  const places = left === right ? Uint32Array.from(pair.places).sort() : pair.places;
  pair.places = [];
  for (const place of places) {
    const second = next[place] ?? -1;
    if (ids[place] !== left || second === -1 || ids[second] !== right) continue; // merged with another neighbour before
    const weight = weights[place] ?? 0;
    const before = previous[place] ?? -1;
    const after = next[second] ?? -1;
    if (before !== -1) count(pairs, ids[before] ?? 0, left, -weight);
    if (after !== -1) count(pairs, right, ids[after] ?? 0, -weight);
    symbols.join(place, result);
    if (before !== -1) grow(before, ids[before] ?? 0, result);
    if (after !== -1) grow(place, result, ids[after] ?? 0);
  }
  pair.count = 0;
  return grown;
}

function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  const left = rankOf(a.pair.left) - rankOf(b.pair.left);
  return left === 0 ? rankOf(a.pair.right) < rankOf(b.pair.right) : left < 0;
}

function rankOf(id: number): number {
  return id < BYTES ? (BYTE_RANKS[id] ?? 0) : id;
}
