/** The tokens of many words, each a chain of places that may be joined. */
export interface Symbols {
  readonly length: number;
  /** The token that begins at a place; -1 where none does any more. */
  readonly ids: Int32Array;
  /** Place of the following and of the preceding token of the word; -1 at its ends. */
  readonly next: Int32Array;
  readonly previous: Int32Array;
  /** How often the word of a place is seen. */
  readonly weights: Float64Array;
  /** Makes the token at a place and the one after it one token. */
  readonly join: (place: number, id: number) => void;
}

/** Words as chains of their bytes. */
export function symbolsOf(words: readonly { readonly word: Uint8Array; readonly count: number }[]): Symbols {
  const length = words.reduce((sum, { word }) => sum + word.length, 0);
  const ids = new Int32Array(length);
  const next = new Int32Array(length);
  const previous = new Int32Array(length);
  const weights = new Float64Array(length);
  let start = 0;
  for (const { word, count } of words) {
    const end = start + word.length;
    ids.set(word, start);
    for (let place = start; place < end; place++) {
      next[place] = place + 1 < end ? place + 1 : -1;
      previous[place] = place > start ? place - 1 : -1;
    }
    weights.fill(count, start, end);
    start = end;
  }
  return {
    ...{ length, ids, next, previous, weights },
    join: (place, id) => {
      const second = next[place] ?? -1;
      const after = next[second] ?? -1;
      ids[place] = id;
      ids[second] = -1;
      next[place] = after;
      if (after !== -1) previous[after] = place;
    },
  };
}
