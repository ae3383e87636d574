import { codePoint, sequenceLength } from "../utf8.ts";

/** What a character is to the pattern. */
const OTHER = 0;
const LETTER = 1;
const NUMBER = 2;
const SPACE = 3;

const BLANK = 0x20;
const APOSTROPHE = 0x27;
const CODE_POINTS = 0x110000;

/** What follows an apostrophe to make a piece of its own. */
const CONTRACTIONS = ["s", "t", "re", "ve", "m", "ll", "d"].map((end) => Buffer.from(end, "latin1"));

/**
 * Calls `see` with the bounds (bytes, end excluded) of each piece of a text, in order; side by side they are the text. Byte pairs
 * are merged inside a piece only. The pattern is GPT-2's (Radford et al. 2019; `ByteLevel` of Hugging Face's tokenizers), as
 * OLMoE's tokenizer has it:
 *
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * with \s as Unicode's White_Space. A byte that is part of no UTF-8 character counts as a character that is none of these classes.
 */
export function eachPiece(text: Uint8Array, see: (start: number, end: number) => void): void {
  const classes = classTable();
  for (let start = 0; start < text.length;) {
    const end = pieceEnd(text, start, classes);
    see(start, end);
    start = end;
  }
}

function pieceEnd(text: Uint8Array, start: number, classes: Uint8Array): number {
  if (text[start] === APOSTROPHE) {
    const found = CONTRACTIONS.find((end) => end.every((byte, index) => text[start + 1 + index] === byte));
    if (found !== undefined) return start + 1 + found.length;
  }
  const first = text[start] === BLANK ? start + 1 : start;
  const kind = first < text.length ? kindAt(text, first, classes) : SPACE;
  if (kind !== SPACE) return runEnd(text, first, kind, classes);
  // The last white space before something else is left to the next piece, unless it is alone.
  let last = start;
  let end = start;
  while (end < text.length && kindAt(text, end, classes) === SPACE) {
    last = end;
    end += widthAt(text, end);
  }
  return end < text.length && last > start ? last : end;
}

function runEnd(text: Uint8Array, start: number, kind: number, classes: Uint8Array): number {
  let end = start;
  while (end < text.length && kindAt(text, end, classes) === kind) end += widthAt(text, end);
  return end;
}

function kindAt(text: Uint8Array, offset: number, classes: Uint8Array): number {
  const byte = text[offset] ?? 0;
  if (byte < 0x80) return classes[byte] ?? OTHER;
  const length = sequenceLength(text, offset);
  return length === 0 ? OTHER : (classes[codePoint(text, offset, length)] ?? OTHER);
}

/** Bytes of the character at an offset; a byte that belongs to none stands for itself. */
function widthAt(text: Uint8Array, offset: number): number {
  return (text[offset] ?? 0) < 0x80 ? 1 : Math.max(1, sequenceLength(text, offset));
}

let table: Uint8Array | undefined;

/** The class of every code point, by the Unicode version of this Node. */
function classTable(): Uint8Array {
  if (table !== undefined) return table;
  const classes = new Uint8Array(CODE_POINTS);
  const CHUNK = 0x8000;
  for (let base = 0; base < CODE_POINTS; base += CHUNK) {
    // The chunk of surrogates, which are no characters, matches nothing.
    const all = String.fromCodePoint(...Array.from({ length: CHUNK }, (_, index) => base + index));
    const units = base < 0x10000 ? 1 : 2;
    for (const [kind, pattern] of [
      [LETTER, /\p{L}+/gu],
      [NUMBER, /\p{N}+/gu],
      [SPACE, /\p{White_Space}+/gu],
    ] as const) {
      for (const { 0: run, index } of all.matchAll(pattern)) {
        classes.fill(kind, base + index / units, base + (index + run.length) / units);
      }
    }
  }
  return (table = classes);
}
