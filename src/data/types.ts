import type { Overlap } from "./overlap.ts";

export type Split = "train" | "validation" | "test";

/** One domain as token streams. Documents of a split are joined in their original order. */
export interface DomainTokens {
  readonly name: string;
  /** Normalised: the weights of a corpus sum to 1. */
  readonly weight: number;
  /** Share of the validation loss and its tokens; normalised too. */
  readonly validationWeight: number;
  /** Token ids; bytes for the byte tokenizer. */
  readonly splits: Readonly<Record<Split, Uint8Array>>;
  /** Source files with their SHA-256, for provenance. */
  readonly sources: readonly { readonly file: string; readonly sha256: string; readonly bytes: number }[];
  readonly documents: Readonly<Record<Split, number>>;
  /** Documents left out because they stand in an earlier domain, or a second time in this one. */
  readonly repeated: readonly { readonly domain: string; readonly documents: number }[];
  /** Of validation with the training text of all domains; null where it was not measured. */
  readonly overlap: Overlap | null;
}

/** All text of an experiment, tokenised and split. */
export interface Corpus {
  readonly domains: readonly DomainTokens[];
  /** V. */
  readonly vocabulary: number;
  /** Mean bytes a token over validation; 1 for the byte tokenizer. */
  readonly bytesPerToken: number;
  /** SHA-256 over every domain's name, weight and splits. */
  readonly hash: string;
}

/** Inputs and next-token targets, row-major [B, T]. */
export interface Batch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
}

/** Validation batches, each of one domain. */
export interface EvaluationBatch extends Batch {
  readonly domain: string;
}
