import { isInstructions } from "../config/declared/instructions.ts";
import type { DataSettings } from "../config/settings.ts";
import { InputError, messageOf } from "../core/errors.ts";
import { END_BYTE } from "../data/instructions/sequences.ts";
import { taskOf } from "../data/tasks/registry.ts";
import { bpeTokenizer } from "../data/tokenizers/bpe-tokenizer.ts";
import { mergesOfJson } from "../data/tokenizers/hugging-face.ts";
import { readTokenizer } from "../data/tokenizers/tokenizer-file.ts";
import { byteTokenizer, type Tokenizer } from "../data/tokenizers/tokenizer.ts";
import type { FinishedRun } from "../store/find-run.ts";
import { modelSpec } from "../model/spec.ts";
import { completedSettings } from "../store/identity.ts";
import type { ModelToDecode } from "../train/decoding/token-decoder.ts";
import type { ModelRouters } from "./model-routers.ts";

/** A finished run's model, to be asked. */
export interface OpenedModel extends ModelToDecode {
  /** Null for a synthetic task, whose tokens stand for no text. */
  readonly tokenizer: Tokenizer | null;
  /** The token that ends what the model says; null where it has learned text, which has no end. */
  readonly end: number | null;
}

/**
 * A finished run's model at its final weights.
 * @param routers of the run (`routerOfRun`)
 * @throws InputError where a run of byte pairs has lost its tokenizer.
 */
export function openModel(
  { folder, record, checkpoint }: FinishedRun,
  routers: ModelRouters["find"],
): OpenedModel {
  const { identity } = record;
  const settings = completedSettings(identity.settings);
  const [vocabulary = 0] = checkpoint.tensors["parameters/embedding"]?.shape ?? [];
  const numbers = Object.entries(checkpoint.tensors).filter(([name]) => /^(parameters|state)\//.test(name));
  return {
    spec: modelSpec(settings, routers, vocabulary),
    seed: identity.seed,
    inputs: Object.fromEntries(numbers.map(([name, { values }]) => [name, values])),
    tokenizer: tokenizerOf(folder, settings.data),
    end: settings.data.domains.every(({ corpus }) => isInstructions(corpus)) ? END_BYTE : null,
  };
}

function tokenizerOf(folder: string, data: DataSettings): Tokenizer | null {
  if (data.domains.some(({ corpus }) => taskOf(corpus) !== undefined)) return null;
  const kept = readTokenizer(folder);
  if (kept === null && data.vocabulary === byteTokenizer.vocabulary) return byteTokenizer;
  try {
    if (kept !== null) return bpeTokenizer(mergesOfJson(kept));
  } catch (error) {
    return refuse(folder, `its tokenizer.json can't be used: ${messageOf(error)}`);
  }
  return refuse(folder, "has no tokenizer.json, though its tokens are byte pairs");
}

function refuse(folder: string, message: string): never {
  const advice = `${message}; delete this folder and run its experiment`;
  throw new InputError([{ where: folder, path: "", message: advice }]);
}
