import { codePoint } from "./utf8.ts";

/** Words a gram has. */
const GRAM = 13;
/** FNV-1a, 32 bits. */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;
/** An odd constant for a second, independent hash of 21 bits. */
const SECOND_PRIME = 0x85ebca6b;

/**
 * Calls `see` with a 53-bit hash of each run of 13 words of a text; a text of fewer words is one gram of them all, one
 * without words has none. A word is a run of letters, digits and marks, ASCII letters in lower case; in scripts that are
 * written without spaces (Han, kana, Thai, Lao, Burmese, Khmer) each character is one. All else parts words and is left out.
 * @param text UTF-8.
 */
export function eachGram(text: Uint8Array, see: (gram: number) => void): void {
  const words = new Uint32Array(GRAM); // the last 13, a ring
  let count = 0;
  let word = OFFSET;
  let open = false;
  const endWord = (): void => {
    if (!open) return;
    words[count % GRAM] = word;
    count += 1;
    word = OFFSET;
    open = false;
    if (count >= GRAM) see(hashWords(words, count, GRAM));
  };
  for (let offset = 0; offset < text.length;) {
    const byte = text[offset] ?? 0;
    if (byte < 0x80) {
      const lower = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
      if (isAsciiWord(lower)) {
        word = Math.imul(word ^ lower, PRIME);
        open = true;
      } else endWord();
      offset += 1;
      continue;
    }
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    const point = codePoint(text, offset, length);
    const kind = kindOf(point);
    if (kind !== "letter") endWord();
    if (kind !== "separator") {
      word = Math.imul(word ^ point, PRIME);
      open = true;
    }
    if (kind === "alone") endWord();
    offset += length;
  }
  endWord();
  if (count > 0 && count < GRAM) see(hashWords(words, count, count));
}

/** Hash of the newest `size` of `count` words of the ring. */
function hashWords(words: Uint32Array, count: number, size: number): number {
  let low = OFFSET ^ size;
  let high = size;
  for (let index = count - size; index < count; index++) {
    const word = words[index % GRAM] ?? 0;
    low = Math.imul(low ^ word, PRIME);
    low ^= low >>> 15;
    high = Math.imul(high ^ word, SECOND_PRIME);
    high ^= high >>> 13;
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}

function isAsciiWord(lower: number): boolean {
  return (lower >= 0x61 && lower <= 0x7a) || (lower >= 0x30 && lower <= 0x39);
}

/** Blocks of the Unicode standard, first and last code point. */
const SEPARATORS: readonly (readonly [number, number])[] = [
  [0x0080, 0x00bf], // controls and punctuation of Latin-1
  [0x2000, 0x2bff], // punctuation and symbols
  [0x3000, 0x3004], // CJK punctuation
  [0x3008, 0x3020],
  [0xfe10, 0xfe6f], // vertical and small forms
  [0xfeff, 0xff0f], // byte-order mark, full-width punctuation
];
const ALONE: readonly (readonly [number, number])[] = [
  [0x0e00, 0x0eff], // Thai, Lao
  [0x1000, 0x109f], // Burmese
  [0x1780, 0x17ff], // Khmer
  [0x3040, 0x30ff], // kana
  [0x3400, 0x9fff], // Han
  [0xf900, 0xfaff],
  [0x20000, 0x3ffff],
];

function kindOf(point: number): "letter" | "alone" | "separator" {
  if (SEPARATORS.some(([first, last]) => point >= first && point <= last)) return "separator";
  return ALONE.some(([first, last]) => point >= first && point <= last) ? "alone" : "letter";
}
