import { hashJson } from "../../core/json.ts";
import { bpeModel, pairKey } from "./bpe-model.ts";
import { heapOf } from "./heap.ts";
import { eachPiece } from "./pieces.ts";
import { symbolsOf } from "./symbols.ts";
import type { Merge, Tokenizer } from "./tokenizer.ts";
import { wordTable } from "./word-table.ts";

/** More than the places of a piece, so that a rank and a place fit into one number. */
const PLACES = 2 ** 32;

/**
 * The tokenizer of a list of merges. Inside each piece, the pair that comes first in the list is merged, its leftmost
 * occurrence first, until no neighbours are in the list.
 */
export function bpeTokenizer(merges: readonly Merge[]): Tokenizer {
  const { results, tokens } = bpeModel(merges);
  const ranks = new Map(merges.map(([left, right], rank) => [pairKey(left, right), rank]));
  const encodePiece = (piece: Uint8Array): Int32Array => {
    const symbols = symbolsOf([{ word: piece, count: 1 }]);
    const { ids, next, previous } = symbols;
    const heap = heapOf<number>((a, b) => a < b);
    const rankAt = (place: number): number | undefined => {
      const second = next[place] ?? -1;
      return second === -1 || ids[place] === -1
        ? undefined
        : ranks.get(pairKey(ids[place] ?? 0, ids[second] ?? 0));
    };
    const offer = (place: number): void => {
      const rank = place === -1 ? undefined : rankAt(place);
      if (rank !== undefined) heap.push(rank * PLACES + place);
    };
    for (let place = 0; place < piece.length; place++) offer(place);
    for (let found = heap.pop(); found !== undefined; found = heap.pop()) {
      const rank = Math.floor(found / PLACES);
      const place = found - rank * PLACES;
      if (rankAt(place) !== rank) continue; // one of the two was merged with another neighbour before
      symbols.join(place, results[rank] ?? 0);
      offer(previous[place] ?? -1);
      offer(place);
    }
    return ids.filter((id) => id !== -1);
  };
  return {
    name: `bpe-${hashJson(merges)}`,
    vocabulary: tokens.length,
    encode: (text) => encodeText(text, encodePiece),
    decode: (ids) => Buffer.concat(Array.from(ids, (id) => tokens[id] ?? new Uint8Array(0))),
    tokenBytes: Uint32Array.from(tokens, (token) => token.length),
    merges,
  };
}

/** Encodes each different piece once. */
function encodeText(text: Uint8Array, encodePiece: (piece: Uint8Array) => Int32Array): Uint16Array {
  const table = wordTable();
  const known: Int32Array[] = [];
  const tokens = new Uint16Array(text.length); // no token has less than a byte
  let length = 0;
  eachPiece(text, (start, end) => {
    const word = table.numberOf(text, start, end);
    const ids = (known[word] ??= encodePiece(text.subarray(start, end)));
    for (let index = 0; index < ids.length; index++) tokens[length++] = ids[index] ?? 0; // faster than set()
  });
  return tokens.slice(0, length);
}
