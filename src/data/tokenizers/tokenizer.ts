import type { Tokens } from "../tokens.ts";

/** Two token ids that stand side by side and become one. */
export type Merge = readonly [left: number, right: number];

/** Turns the bytes of a text into token ids and back. */
export interface Tokenizer {
  /** Part of the cache key: tokenizers that differ have different names. */
  readonly name: string;
  /** V, number of token ids. */
  readonly vocabulary: number;
  /** Token ids of a text; any bytes, UTF-8 or not. */
  encode(text: Uint8Array): Tokens;
  /** The very bytes that were encoded. */
  decode(tokens: ArrayLike<number>): Uint8Array;
  /** Bytes of text that each id stands for, [V]. */
  readonly tokenBytes: Uint32Array;
  /** Of byte pair encoding, in the order in which they are made; none for bytes. */
  readonly merges: readonly Merge[];
}

/** Byte values, and the ids of tokens that are a single byte in every tokenizer. */
export const BYTES = 256;

/** Every byte is a token: V = 256. */
export const byteTokenizer: Tokenizer = {
  name: "bytes",
  vocabulary: BYTES,
  encode: (text) => text,
  decode: (tokens) => Uint8Array.from(tokens),
  tokenBytes: new Uint32Array(BYTES).fill(1),
  merges: [],
};
