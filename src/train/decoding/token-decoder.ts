import type { HostArray } from "../../engine/types.ts";
import type { ModelSpec } from "../../model/spec.ts";

/** Lets a model continue B sequences, a token of each at a time. */
export interface TokenDecoder {
  /** "kept": keys and values of earlier tokens are kept; "whole": every token is a pass over the whole sequence. */
  readonly kind: "kept" | "whole";
  /** B, sequences side by side. */
  readonly rows: number;
  /** T, tokens that a sequence has room for. */
  readonly length: number;
  /** Begins new sequences. */
  readonly begin: () => void;
  /**
   * Takes the next token of each sequence.
   * @param tokens [B]
   * @param isWanted whether the logits are; else whatever is returned means nothing.
   * @returns logits [B, V] of the token behind it; the array is used again by the next call.
   * @throws Error where the sequences are full
   */
  readonly next: (tokens: Int32Array, isWanted: boolean) => Promise<Float32Array>;
  readonly dispose: () => Promise<void>;
}

/** A model with its numbers. */
export interface ModelToDecode {
  readonly spec: ModelSpec;
  /** Parameters and router state by program input name. */
  readonly inputs: Readonly<Record<string, HostArray>>;
  /** Of the run: what a router draws in evaluation is drawn by it. */
  readonly seed: number;
}
