/** Python with torch and transformers, where it is: what other people's code makes of an exported model. */
import { fileURLToPath } from "node:url";
import { run } from "./spawn.ts";

const MAKE = fileURLToPath(new URL("../fixtures/transformers/make.py", import.meta.url));

/** What make.py says of one exported folder, and what logits.json holds of one case. */
interface Opened {
  readonly sha256: { readonly "model.safetensors": string; readonly "config.json": string };
  readonly loadingProblems: Readonly<Record<string, readonly string[]>>;
  readonly parameters: number;
  /** [B][T] */
  readonly tokens: readonly (readonly number[])[];
  /** [B * T * V] */
  readonly logits: readonly number[];
}

/** Opened folders by name, and what opened them. */
export interface TransformersAnswer {
  readonly versions: { readonly torch: string; readonly transformers: string };
  readonly cases: Readonly<Record<string, Opened>>;
}

/**
 * Opens exported folders (each with a tokens.json) with transformers. One thread: on a busy machine torch's threads wait for
 * each other by spinning.
 * @throws Error with what Python wrote.
 */
export async function openWithTransformers(
  python: string,
  folders: readonly string[],
): Promise<TransformersAnswer> {
  const env = { ...process.env, OMP_NUM_THREADS: "1" };
  const { code, stdout, stderr } = await run(python, [MAKE, ...folders], { env });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as TransformersAnswer;
}
