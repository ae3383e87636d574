import type { Json } from "../../core/json.ts";
import { bpeModel } from "./bpe-model.ts";
import { BYTE_LETTERS } from "./byte-letters.ts";
import type { Merge } from "./tokenizer.ts";

/**
 * `tokenizer.json` of Hugging Face's tokenizers for a list of merges, ids as ours; without merges, the byte tokenizer.
 * No special tokens and no blank before the text.
 */
export function huggingFaceJson(merges: readonly Merge[]): string {
  const { tokens } = bpeModel(merges);
  const letters = tokens.map((token) => Array.from(token, (byte) => BYTE_LETTERS[byte] ?? "").join(""));
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const content: Json = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(letters.map((word, id) => [word, id])),
      merges: merges.map(([left, right]) => [letters[left] ?? "", letters[right] ?? ""]),
    },
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

/** The part of `tokenizer.json` that says what the tokens are. */
interface Written {
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string])[];
  };
}

/** The merges of a `tokenizer.json` that `huggingFaceJson` wrote. @throws Error where it is another program's */
export function mergesOfJson(text: string): readonly Merge[] {
  const { model } = JSON.parse(text) as Written;
  const merges = model.merges.map(([left, right]): Merge => {
    return [model.vocab[left] ?? -1, model.vocab[right] ?? -1];
  });
  if (huggingFaceJson(merges) !== text) throw new Error("the tokenizer.json is not one of moe-lab");
  return merges;
}
