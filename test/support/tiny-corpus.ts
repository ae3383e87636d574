import type { Corpus } from "../../src/data/types.ts";
import { TINY_V } from "./tiny.ts";

/**
 * A corpus of tokens below TINY_V, one domain a name with its weight. Domain i counts in steps of i + 1 (0, 1, 2, .. or
 * 0, 2, 4, .., modulo V), so that the next token follows from the last two, and a model can learn it all.
 */
export function tinyCorpus(weights: Readonly<Record<string, number>>): Corpus {
  return {
    domains: Object.entries(weights).map(([name, weight], index) => {
      const count = (length: number): Uint8Array =>
        Uint8Array.from({ length }, (_, position) => (position * (index + 1)) % TINY_V);
      return {
        name,
        weight,
        validationWeight: weight,
        splits: { train: count(500), validation: count(200), test: count(100) },
        sources: [],
        repeated: [],
        task: null,
        overlap: null,
        documents: { train: 1, validation: 1, test: 1 },
      };
    }),
    vocabulary: TINY_V,
    labelCount: Object.keys(weights).length,
    tokenizer: null,
    hash: "",
  };
}
