import { BYTES, type Merge } from "./tokenizer.ts";

/** What a list of merges makes. */
export interface BpeModel {
  /** The id that each merge makes. */
  readonly results: readonly number[];
  /** The bytes of every id: those of byte b for id b < 256, then in the order of the merges that made them first. */
  readonly tokens: readonly Uint8Array[];
}

/** A vocabulary that grows by merges; two merges that make the same bytes make the same token. */
export interface GrowingVocabulary {
  readonly tokens: Uint8Array[];
  /** The id that two tokens make together, a new one where there is none. */
  readonly join: (left: number, right: number) => number;
}

/** The 256 bytes. */
export function growingVocabulary(): GrowingVocabulary {
  const tokens = Array.from({ length: BYTES }, (_, byte) => Uint8Array.of(byte));
  const ids = new Map(tokens.map((token, id) => [keyOf(token), id]));
  return {
    tokens,
    join: (left, right) => {
      const [first, second] = [tokens[left], tokens[right]];
      if (first === undefined || second === undefined)
        throw new Error(`no tokens ${left} and ${right} to merge`);
      const joined = Uint8Array.from(Buffer.concat([first, second]));
      const key = keyOf(joined);
      const known = ids.get(key);
      if (known !== undefined) return known;
      ids.set(key, tokens.length);
      return tokens.push(joined) - 1;
    },
  };
}

/** The whole model of a list of merges, in their order. @throws Error where a merge names a token that is not there yet. */
export function bpeModel(merges: readonly Merge[]): BpeModel {
  const vocabulary = growingVocabulary();
  const results = merges.map(([left, right]) => vocabulary.join(left, right));
  return { results, tokens: vocabulary.tokens };
}

/** A pair of ids as one number; ids are below 65 536. */
export function pairKey(left: number, right: number): number {
  return left * 0x10000 + right;
}

function keyOf(token: Uint8Array): string {
  return Buffer.from(token.buffer, token.byteOffset, token.length).toString("latin1");
}
