import type { Overlap } from "./overlap.ts";
import type { Tokenizer } from "./tokenizers/tokenizer.ts";
import type { Tokens } from "./tokens.ts";

export type Split = "train" | "validation" | "test";

/** Training documents of a domain that a filter left out (filters.ts). */
export interface FilteredCount {
  readonly rule: "repeats" | "word share";
  readonly documents: number;
  readonly bytes: number;
}

/** What is known of a synthetic task's tokens, besides the tokens: of each split, one number a token. */
export interface TaskKnowledge {
  /** T + 1. Sequences stand side by side; a batch takes them whole. */
  readonly sequenceTokens: number;
  /** R. */
  readonly labelCount: number;
  /** The rule that governs what follows a token, 0 .. R - 1. */
  readonly labels: Readonly<Record<Split, Uint8Array>>;
  /** -ln p of the token by the best predictor that sees its sequence so far; 0 for the first of a sequence. */
  readonly bestNats: Readonly<Record<Split, Float32Array>>;
  /** Expected loss of that predictor, nats per predicted token; the standard error is 0 where it is exact. */
  readonly expectedNats: { readonly mean: number; readonly standardError: number };
  /** The same for a predictor that is told every label. */
  readonly toldNats: number;
}

/** What is known of a domain of instructions besides its tokens. Sequences stand side by side; a batch takes them whole. */
export interface AnswerKnowledge {
  /** T + 1. */
  readonly sequenceTokens: number;
  /** Of each split, one number a token: 1 where it is of the answer or ends it, else 0. */
  readonly mask: Readonly<Record<Split, Uint8Array>>;
  readonly pairs: Readonly<Record<Split, AnswerPairs>>;
}

/** Rejected answers, each beside the sequence whose answer was chosen instead. */
export interface AnswerPairs {
  /** [pairs], the number of the chosen sequence. */
  readonly chosen: Int32Array;
  /** [pairs, T + 1], the same prompt with the rejected answer. */
  readonly tokens: Tokens;
  /** [pairs, T + 1], as the mask of sequences. */
  readonly mask: Uint8Array;
}

/** One domain as token streams. Documents of a split are joined in their original order. */
export interface DomainTokens {
  readonly name: string;
  /** Normalised: the weights of a corpus sum to 1. */
  readonly weight: number;
  /** Share of the validation loss and its tokens; normalised too. */
  readonly validationWeight: number;
  /** Token ids; bytes for the byte tokenizer. */
  readonly splits: Readonly<Record<Split, Tokens>>;
  /** Null for text. */
  readonly task: TaskKnowledge | null;
  /** Absent but for instructions. */
  readonly answers?: AnswerKnowledge;
  /** Source files with their SHA-256, for provenance. */
  readonly sources: readonly { readonly file: string; readonly sha256: string; readonly bytes: number }[];
  readonly documents: Readonly<Record<Split, number>>;
  /** Documents left out because they stand in an earlier domain, or a second time in this one. */
  readonly repeated: readonly { readonly domain: string; readonly documents: number }[];
  /** Training documents that filters left out, by rule; absent of tasks. */
  readonly filtered?: readonly FilteredCount[];
  /** Of validation with the training text of all domains; null where it was not measured. */
  readonly overlap: Overlap | null;
}

/** All text of an experiment, tokenised and split. */
export interface Corpus {
  readonly domains: readonly DomainTokens[];
  /** V. */
  readonly vocabulary: number;
  /** Number of labels that a token may have: the rules of a synthetic task; of text, its domains. */
  readonly labelCount: number;
  /** Null for a synthetic task, whose tokens stand for no bytes. */
  readonly tokenizer: Tokenizer | null;
  /** SHA-256 over every domain's name, weight and splits. */
  readonly hash: string;
}

/** Inputs, next-token targets and labels of the inputs, row-major [B, T]. */
export interface Batch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** What an oracle routes by: the rule of a task's token, the place of a text's domain. Never an input of other models. */
  readonly labels: Int32Array;
  /** [B, T], 1 where the target is of an answer, else 0; absent where the data has no answers. */
  readonly weights?: Float32Array;
}

/** Validation batches, each of one domain. */
export interface EvaluationBatch extends Batch {
  readonly domain: string;
}
