import type { ShippedCorpus } from "../source.ts";
import { arithmetic } from "./arithmetic.ts";
import { code } from "./code.ts";
import { countries } from "./countries.ts";
import { dictionary } from "./dictionary.ts";
import { fiction } from "./fiction.ts";
import { rights, scripts } from "./rights.ts";
import { speeches } from "./speeches.ts";
import { compiler, declarations, messages } from "./typescript.ts";

const CORPORA: readonly ShippedCorpus[] = [
  ...[fiction, speeches, dictionary, code, arithmetic],
  ...[countries, rights, scripts, messages, declarations, compiler],
];

/** Names of the corpora that come with moe-lab, in their usual order. */
export const CORPUS_NAMES: readonly string[] = CORPORA.map(({ name }) => name);

/** The shipped corpus of a name; undefined when there is none. */
export function shippedCorpus(name: string): ShippedCorpus | undefined {
  return CORPORA.find((corpus) => corpus.name === name);
}
