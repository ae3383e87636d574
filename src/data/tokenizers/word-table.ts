/** Distinct byte strings, numbered from 0 in the order in which they were first seen. */
export interface WordTable {
  /** The number of a span of bytes; a new one where the table has no equal string. */
  readonly numberOf: (text: Uint8Array, start: number, end: number) => number;
  readonly size: () => number;
  /** The bytes of a numbered string. */
  readonly bytes: (word: number) => Uint8Array;
}

/** FNV-1a, 32 bits. */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;
const EMPTY = -1;

/** An empty table. Far faster than a Map, whose keys would be strings made of every span that is asked for. */
export function wordTable(): WordTable {
  let pool = new Uint8Array(1 << 16);
  let ends = new Float64Array(1 << 12); // where each string ends in the pool
  let hashes = new Int32Array(1 << 12);
  let slots = new Int32Array(1 << 13).fill(EMPTY); // open addressing, at most half full
  let count = 0;
  const startOf = (word: number): number => (word === 0 ? 0 : (ends[word - 1] ?? 0));

  const isAt = (word: number, text: Uint8Array, start: number, end: number): boolean => {
    const from = startOf(word);
    if ((ends[word] ?? 0) - from !== end - start) return false;
    for (let index = 0; index < end - start; index++) {
      if (pool[from + index] !== text[start + index]) return false;
    }
    return true;
  };
  const add = (hash: number, text: Uint8Array, start: number, end: number): void => {
    if (count === ends.length) {
      ends = grown(ends, new Float64Array(2 * count));
      hashes = grown(hashes, new Int32Array(2 * count));
      slots = new Int32Array(4 * count).fill(EMPTY);
      for (let word = 0; word < count; word++) place(hashes[word] ?? 0, word);
    }
    const from = startOf(count);
    const needed = from + end - start;
    if (needed > pool.length) pool = grown(pool, new Uint8Array(2 * needed));
    pool.set(text.subarray(start, end), from);
    ends[count] = needed;
    hashes[count] = hash;
    place(hash, count);
    count += 1;
  };
  const place = (hash: number, word: number): void => {
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    slots[slot] = word;
  };

  return {
    numberOf: (text, start, end) => {
      let hash = OFFSET;
      for (let index = start; index < end; index++) hash = Math.imul(hash ^ (text[index] ?? 0), PRIME);
      hash ^= hash >>> 15;
      const mask = slots.length - 1;
      for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
        const word = slots[slot] ?? EMPTY;
        if (word === EMPTY) break;
        if (hashes[word] === hash && isAt(word, text, start, end)) return word;
      }
      add(hash, text, start, end);
      return count - 1;
    },
    size: () => count,
    bytes: (word) => pool.subarray(startOf(word), ends[word]),
  };
}

function grown<Values extends Uint8Array | Int32Array | Float64Array>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}
