import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../core/files.ts";
import type { Json } from "../core/json.ts";
import type { CheckpointTensor } from "../train/types.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

const MODEL_FILE = "model.safetensors";
const CONFIG_FILE = "config.json";
const TOKENIZER_FILE = "tokenizer.json";
const TOKENIZER_CONFIG_FILE = "tokenizer_config.json";
const FILES = [MODEL_FILE, CONFIG_FILE, TOKENIZER_FILE, TOKENIZER_CONFIG_FILE] as const;

/** The content of an export, by file name. */
export interface OlmoeFiles {
  readonly [MODEL_FILE]: Uint8Array;
  readonly [CONFIG_FILE]: string;
  /** Absent where tokens stand for no text. */
  readonly [TOKENIZER_FILE]?: string;
  readonly [TOKENIZER_CONFIG_FILE]?: string;
}

/**
 * The files that transformers' `from_pretrained` reads. `format: pt` in the metadata is what transformers demands; the
 * run and its step stand beside it.
 * @param tokenizer content of `tokenizer.json`; null where tokens stand for no text.
 */
export function olmoeFiles(
  model: {
    readonly config: Readonly<Record<string, Json>>;
    readonly tensors: Readonly<Record<string, CheckpointTensor>>;
  },
  source: { readonly runId: string; readonly step: number },
  tokenizer: string | null,
): OlmoeFiles {
  const metadata = { format: "pt", run: source.runId, step: String(source.step) };
  return {
    [MODEL_FILE]: encodeSafetensors({ tensors: model.tensors, metadata }),
    [CONFIG_FILE]: `${JSON.stringify(model.config, null, 2)}\n`,
    ...(tokenizer !== null && {
      [TOKENIZER_FILE]: tokenizer,
      // Without it, AutoTokenizer would take the class of OLMoE's own tokenizer.
      [TOKENIZER_CONFIG_FILE]: `${JSON.stringify({ tokenizer_class: "PreTrainedTokenizerFast" }, null, 2)}\n`,
    }),
  };
}

/** Files in a folder that an export of this run would replace though they are not an earlier export of the same run. */
export function filesInTheWay(folder: string, runId: string): string[] {
  if (!existsSync(folder)) return [];
  const found = readdirSync(folder).filter((name) => FILES.some((file) => file === name));
  return isExportOf(join(folder, MODEL_FILE), runId) ? [] : found;
}

/** Writes an export, each file whole or not at all. @returns the paths. @throws the file system's error. */
export function writeOlmoeFiles(folder: string, files: OlmoeFiles): string[] {
  return FILES.flatMap((name) => {
    const content = files[name];
    if (content === undefined) return [];
    const path = join(folder, name);
    writeFileAtomic(path, content);
    return [path];
  });
}

function isExportOf(path: string, runId: string): boolean {
  try {
    return decodeSafetensors(readFileSync(path), { checksum: "required" }).metadata["run"] === runId;
  } catch {
    return false;
  }
}
