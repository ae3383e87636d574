import type { DataSettings } from "../config/settings.ts";
import type { Stream } from "../core/streams.ts";
import type { Tokenizer } from "./tokenizers/tokenizer.ts";
import type { Tokens } from "./tokens.ts";

/** How often, and in which order. */
export type FimSettings = Pick<DataSettings, "fimRate" | "fimSpm">;

/** Tokens before the prefix, the suffix and the middle of a sequence. */
export interface Sentinels {
  readonly prefix: number;
  readonly suffix: number;
  readonly middle: number;
}

/** Sentinels that every rearranged sequence has. */
export const SENTINELS = 3;

/** Bytes that no UTF-8 text has: with them no vocabulary grows, and a model with the setting has the shape of one without. */
const BYTES = { prefix: 0xfd, suffix: 0xfe, middle: 0xff } as const;

/** The sentinels as tokens. */
export function sentinelsOf(tokenizer: Tokenizer): Sentinels {
  const tokenOf = (byte: number): number => tokenizer.encode(Uint8Array.of(byte))[0] ?? byte;
  return { prefix: tokenOf(BYTES.prefix), suffix: tokenOf(BYTES.suffix), middle: tokenOf(BYTES.middle) };
}

/**
 * A sequence with its middle moved to the end (Bavarian et al. 2022, arXiv 2207.14255, section 3; Yuan 2.0 has rate and share of SPM at 0.5), cut at two
 * uniform places after the text was cut into sequences ("context level"):
 *
 *     PSM   <prefix> prefix <suffix> suffix <middle> middle
 *     SPM   <prefix> <suffix> suffix <middle> prefix middle
 *
 * @param window the tokens to be rearranged, n of them.
 * @param stream three numbers are drawn.
 * @returns n + 3 tokens.
 */
export function rearranged(
  window: Tokens,
  sentinels: Sentinels,
  fimSpm: number,
  stream: Stream,
): Uint16Array {
  const isSpm = stream.uniform() < fimSpm;
  const [one, two] = [stream.integer(window.length + 1), stream.integer(window.length + 1)];
  const [start, end] = [Math.min(one, two), Math.max(one, two)];
  const [prefix, middle, suffix] = [
    window.subarray(0, start),
    window.subarray(start, end),
    window.subarray(end),
  ];
  return Uint16Array.from(
    isSpm
      ? [sentinels.prefix, sentinels.suffix, ...suffix, sentinels.middle, ...prefix, ...middle]
      : [sentinels.prefix, ...prefix, sentinels.suffix, ...suffix, sentinels.middle, ...middle],
  );
}
