import { byteTokenizer } from "../../src/data/tokenizers/tokenizer.ts";
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

/** One domain, "prose", of bytes: numbers in a row, so that every place of each split is another one. */
export function proseCorpus(bytes: number): Corpus {
  const [plain] = tinyCorpus({ prose: 1 }).domains;
  const split = (unit: string): Uint8Array =>
    new Uint8Array(
      Buffer.from(
        Array.from({ length: bytes }, (_, index) => `${index}${unit}`)
          .join(" ")
          .slice(0, bytes),
      ),
    );
  const splits = { train: split("st"), validation: split("nd"), test: split("rd") };
  return {
    domains: plain === undefined ? [] : [{ ...plain, splits }],
    ...{ vocabulary: 256, labelCount: 1, tokenizer: byteTokenizer, hash: "prose" },
  };
}
