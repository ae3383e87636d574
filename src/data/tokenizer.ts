import type { Tokens } from "./types.ts";

/** Turns the bytes of a text into token ids and back. */
export interface Tokenizer {
  /** Part of the cache key: tokenizers that differ have different names. */
  readonly name: string;
  /** V, number of token ids. */
  readonly vocabulary: number;
  /** Token ids of a text given as UTF-8 bytes. */
  encode(text: Uint8Array): Uint8Array;
  /** Text of token ids; sequences that are not UTF-8 (a window may cut a character) show as U+FFFD. */
  decode(tokens: ArrayLike<number>): string;
  /** Mean bytes of text that one of these tokens stands for. */
  bytesPerToken(tokens: Tokens): number;
}

/** Every byte is a token: V = 256. */
export const byteTokenizer: Tokenizer = {
  name: "bytes",
  vocabulary: 256,
  encode: (text) => text,
  decode: (tokens) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(tokens)),
  bytesPerToken: () => 1,
};
