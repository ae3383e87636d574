/** Python with torch and transformers, where it is: what other people's code makes of an exported model. */
import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const MAKE = fileURLToPath(new URL("../fixtures/transformers/make.py", import.meta.url));
const WANTED = ["torch", "transformers"];

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

/** A Python that can open exported models, or why there is none. */
export type FoundPython = { readonly path: string } | { readonly missing: string };

/**
 * Looks for torch and transformers without loading them.
 * @throws Error where MOE_LAB_PYTHON names a Python that can't do it: who sets it does not want a silent skip.
 */
export function findPython(): FoundPython {
  const asked = process.env["MOE_LAB_PYTHON"] ?? "";
  const path = asked === "" ? "python3" : asked;
  const code = `import importlib.util as u; print(" ".join(m for m in ${JSON.stringify(WANTED)} if u.find_spec(m) is None))`;
  const { status, stdout, error, stderr } = spawnSync(path, ["-c", code], { encoding: "utf8" });
  const lacking = status === 0 ? stdout.trim() : null;
  if (lacking === "") return { path };
  const missing =
    lacking === null
      ? `${path} does not run: ${error?.message ?? stderr}`
      : `${path} has no ${lacking.replace(" ", " and no ")}`;
  if (asked !== "") throw new Error(`MOE_LAB_PYTHON: ${missing}`);
  return { missing };
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
  const { stdout } = await promisify(execFile)(python, [MAKE, ...folders], { env, maxBuffer: 1e9 });
  return JSON.parse(stdout) as TransformersAnswer;
}
