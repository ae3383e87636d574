import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { textProblems } from "../../src/data/checks.ts";
import { loadCorpus } from "../../src/data/corpus.ts";
import { trainBpe } from "../../src/data/tokenizers/train-bpe.ts";
import type { Split } from "../../src/data/types.ts";
import { bytes, dataOf, folderWith, ownDomain, shippedDomain } from "./helpers.ts";

/** Forty documents with a word of their own each, in two domains. */
function setUp() {
  const files = (word: string) =>
    Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [
        `${index}.txt`,
        `${word} ${index} and ${word}${index} `.repeat(4),
      ]),
    );
  const domains = [
    ownDomain("one", [folderWith(files("first"))]),
    ownDomain("two", [folderWith(files("other"))]),
  ];
  const data = dataOf(domains, { validationShare: 0.2, testShare: 0.2 });
  return { data, pairs: { ...data, vocabulary: 290 } };
}

it("is of bytes or of pairs of them, over the same splits", () => {
  const { data, pairs } = setUp();
  const plain = loadCorpus(data, { cacheFolder: null });
  const found = loadCorpus(pairs, { cacheFolder: null });
  expect([plain.vocabulary, found.vocabulary]).toEqual([256, 290]);
  expect(found.hash).not.toBe(plain.hash);
  for (const [index, domain] of found.domains.entries()) {
    for (const split of ["train", "validation", "test"] as Split[]) {
      expect(domain.splits[split].length).toBeLessThan(plain.domains[index]!.splits[split].length);
      expect(Buffer.from(found.tokenizer!.decode(domain.splits[split]))).toEqual(
        Buffer.from(plain.domains[index]!.splits[split]),
      );
    }
  }
});

it("is trained on training documents only, of all domains", () => {
  const { data, pairs } = setUp();
  const train = loadCorpus(data, { cacheFolder: null }).domains.map(({ splits }) =>
    Uint8Array.from(splits.train),
  );
  expect(loadCorpus(pairs, { cacheFolder: null }).tokenizer!.merges).toEqual(trainBpe(train, 290));
});

it("comes from the cache as it was made", () => {
  const { pairs } = setUp();
  const cacheFolder = join(folderWith({}), "cache");
  const load = () => {
    const { domains, tokenizer, ...rest } = loadCorpus(pairs, { cacheFolder });
    return { domains, name: tokenizer!.name, merges: tokenizer!.merges, ...rest };
  };
  const first = load();
  const files = readdirSync(join(cacheFolder, "text"));
  // Bytes and pairs of each domain, the overlap, the merges.
  expect(files).toHaveLength(6);
  expect(load()).toEqual(first);
  expect(readdirSync(join(cacheFolder, "text"))).toEqual(files);
});

it("is refused where the text has not so many pairs, or stands for no text", () => {
  const { pairs } = setUp();
  const asked = { ...pairs, vocabulary: 60_000 };
  const found = loadCorpus(asked, { cacheFolder: null });
  expect(textProblems(found, asked)).toEqual([
    {
      path: "data.vocabulary",
      message: expect.stringMatching(
        new RegExp(`^asks for 60000 tokens, but the training text makes only ${found.vocabulary}, `),
      ) as unknown,
    },
  ]);
  const task = dataOf([shippedDomain("recall")], { vocabulary: 300 });
  expect(textProblems(loadCorpus(task, { cacheFolder: null }), task)).toEqual([
    { path: "data.vocabulary", message: expect.stringContaining("is for text") as unknown },
  ]);
});

it("takes any bytes, also those of no domain", () => {
  const { tokenizer } = loadCorpus(setUp().pairs, { cacheFolder: null });
  const strange = bytes("\u0000 你好 😀 first1");
  expect(Buffer.from(tokenizer!.decode(tokenizer!.encode(strange)))).toEqual(Buffer.from(strange));
});
