import { leavesOf } from "../../config/paths.ts";
import type { Settings } from "../../config/settings.ts";

/** Settings that follow the length of training, which a figure shows along an axis. */
const LENGTH = [
  "training.steps",
  "training.warmupSteps",
  "training.evaluateEvery",
  "training.evaluationTokens",
  "data.validationTokens",
];

/** How settings are said in a legend; others are said as `name value`. */
const WORDS: Readonly<Record<string, (value: unknown) => string>> = {
  "model.experts": (value) => (value === 1 ? "1 expert" : `${String(value)} experts`),
  "model.topK": (value) => `${String(value)} active`,
  "model.expertWidth": (value) => `of width ${String(value)}`,
  "model.width": (value) => `model width ${String(value)}`,
  "model.layers": (value) => `${String(value)} layers`,
  "model.denseLayers": (value) => `${String(value)} dense layers`,
  "model.heads": (value) => `${String(value)} heads`,
  "training.learningRate": (value) => `rate ${String(value)}`,
  "data.batchSequences": (value) => `${String(value)} sequences a batch`,
  "data.sequenceLength": (value) => `${String(value)} tokens a sequence`,
};

/**
 * What tells settings apart, in words: for each of them the values of the settings that are not the same in all, but for those
 * that follow the length of training.
 * @param without further dotted paths that are not said, with all below them.
 */
export function facetWords(all: readonly Settings[], without: readonly string[] = []): readonly string[] {
  const leaves = all.map((settings) => leavesOf(settings));
  const hidden = [...LENGTH, ...without];
  const paths = [...new Set(leaves.flatMap((map) => [...map.keys()]))].filter(
    (path) =>
      !hidden.some((outer) => path === outer || path.startsWith(`${outer}.`)) &&
      new Set(leaves.map((map) => JSON.stringify(map.get(path)))).size > 1,
  );
  return leaves.map((map) =>
    paths.flatMap((path) => (map.has(path) ? [wordsOf(path, map.get(path))] : [])).join(", "),
  );
}

function wordsOf(path: string, value: unknown): string {
  const known = WORDS[path];
  if (known !== undefined) return known(value);
  const name = path.slice(path.lastIndexOf(".") + 1);
  if (Array.isArray(value)) return `${name} ${value.map(nameOf).join(" + ")}`;
  return `${name} ${String(value)}`;
}

/** A domain's name; other items as they are. */
function nameOf(item: unknown): string {
  const named = item as { readonly name?: unknown } | null;
  return typeof named?.name === "string" ? named.name : JSON.stringify(item);
}
