import { BYTES } from "./tokenizer.ts";

/**
 * The character that stands for each byte in a `tokenizer.json`, as GPT-2 has it (`bytes_to_unicode`): printable characters of
 * Latin-1 for themselves, the rest, in order, from U+0100 on.
 */
export const BYTE_LETTERS: readonly string[] = byteLetters();

/**
 * Place of each byte among the letters in order of code points. Hugging Face's trainer numbers bytes so, and of pairs that are
 * equally frequent takes the one of lower numbers; this order makes our merges the same as its.
 */
export const BYTE_RANKS: readonly number[] = byteRanks();

function byteLetters(): string[] {
  const isPrintable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad && byte <= 0xff);
  let moved = 0;
  return Array.from({ length: BYTES }, (_, byte) =>
    String.fromCodePoint(isPrintable(byte) ? byte : 0x100 + moved++),
  );
}

function byteRanks(): number[] {
  const sorted = [...BYTE_LETTERS].sort((a, b) => (a < b ? -1 : 1));
  return BYTE_LETTERS.map((letter) => sorted.indexOf(letter));
}
