import { streamOf, type Stream } from "../../core/streams.ts";
import type { Tokens } from "../tokens.ts";

/**
 * A synthetic task: a language whose rule is known, so that the best possible loss and the right routing are known too.
 * Its text is sequences of T + 1 tokens, each drawn apart from the others; the tables of its rules are drawn once.
 */
export interface Task<Options> {
  /** What `domains[].corpus` calls it. */
  readonly name: string;
  /** One sentence for lists. */
  readonly summary: string;
  readonly defaults: Options;
  /** V. */
  vocabulary(options: Options): number;
  /** R, number of labels. */
  labelCount(options: Options): number;
  /** Draws sequences with labels and the best prediction of each token. @param size sequences and tokens of each. */
  draw(options: Options, size: SequenceSize): LabelledSequences;
  /**
   * Expected loss, in nats per predicted token, of the best predictor that sees the sequence alone; null where only
   * drawing tells (then the mean over many sequences does).
   */
  expectedNats(options: Options, sequenceTokens: number): number | null;
  /** The same for one that is told every token's label besides, as an oracle router is. */
  toldNats(options: Options, sequenceTokens: number): number;
}

/** How much is drawn: [sequences, T + 1]. */
export interface SequenceSize {
  readonly sequences: number;
  /** T + 1: T inputs, and the last target. */
  readonly sequenceTokens: number;
}

/** Sequences side by side, all row-major [sequences, T + 1]. */
export interface LabelledSequences {
  readonly tokens: Tokens;
  /** The rule that governs what follows the token (for an oracle router); 0 .. R - 1. */
  readonly labels: Uint8Array;
  /** -ln p of the token, given those before it in its sequence and all tables; 0 for the first, which nothing predicts. */
  readonly bestNats: Float32Array;
}

/** Arrays for sequences still to be filled. @param vocabulary decides the width of a token. */
export function emptySequences(
  { sequences, sequenceTokens }: SequenceSize,
  vocabulary: number,
): {
  readonly tokens: Tokens;
  readonly labels: Uint8Array;
  readonly bestNats: Float32Array;
} {
  const size = sequences * sequenceTokens;
  return {
    tokens: vocabulary <= 256 ? new Uint8Array(size) : new Uint16Array(size),
    labels: new Uint8Array(size),
    bestNats: new Float32Array(size),
  };
}

/** The stream that draws a task's sequence i: `0/<task>/sequences/<i>`, whatever the seed of a run. */
export function sequenceStream(task: string, sequence: number): Stream {
  return streamOf(0, task, "sequences", sequence);
}

/** A random order of 0 .. n - 1 (Fisher-Yates from the top: for i from n - 1 to 1, swap i with integer below i + 1). */
export function permutation(stream: Stream, n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, index) => index);
  for (let i = n - 1; i >= 1; i--) {
    const j = stream.integer(i + 1);
    const moved = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = moved;
  }
  return order;
}

/** The place of each number in a permutation. */
export function inverse(order: Int32Array): Int32Array {
  const places = new Int32Array(order.length);
  order.forEach((value, place) => (places[value] = place));
  return places;
}
