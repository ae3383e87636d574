import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../core/files.ts";
import { huggingFaceJson } from "./hugging-face.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Name of a run's tokenizer in its folder. */
export const TOKENIZER_FILE = "tokenizer.json";

/** Keeps the tokenizer of a run in its folder; bytes need none. */
export function keepTokenizer(folder: string, tokenizer: Tokenizer | null): void {
  if (tokenizer === null || tokenizer.merges.length === 0) return;
  writeFileAtomic(join(folder, TOKENIZER_FILE), huggingFaceJson(tokenizer.merges));
}

/** `tokenizer.json` of a run's byte pairs; null where there is none. */
export function readTokenizer(folder: string): string | null {
  const path = join(folder, TOKENIZER_FILE);
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}
