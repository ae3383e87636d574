import { describe, expect, it } from "vitest";
import { corpusNotices, textProblems } from "../../src/data/checks.ts";
import { loadCorpus } from "../../src/data/corpus.ts";
import { corpusOf, dataOf, ownDomain, shippedDomain } from "./helpers.ts";

describe("textProblems", () => {
  const domains = [ownDomain("a", [], 3), ownDomain("b", [])];
  const corpusWith = (trainB: number, validationA: number) =>
    corpusOf({
      a: { weight: 0.75, train: "x".repeat(6), validation: "x".repeat(validationA) },
      b: { weight: 0.25, train: "x".repeat(trainB), validation: "x".repeat(21) },
    });
  // T = 5, B = 4, 80 validation tokens: a is asked for 3 batches = 12 windows = 61 tokens, b for 1 = 4 windows = 21.
  const data = dataOf(domains, { validationTokens: 80 });

  it("finds none where there is just enough", () => {
    expect(textProblems(corpusWith(6, 61), data)).toEqual([]);
  });

  it("says what there is and what is needed", () => {
    expect(textProblems(corpusWith(5, 60), data)).toEqual([
      {
        path: "data.validationTokens",
        message:
          'domain "a" has 60 tokens (1 document) held out for validation, but data.validationTokens = 80 needs 61 of ' +
          "it (12 sequences of 5, there are 11); give it more text, lower data.validationTokens, or raise " +
          "data.validationShare = 0.05",
      },
      {
        path: "data.domains[1]",
        message:
          'domain "b" has 5 tokens (1 document) to train on, but data.sequenceLength = 5 needs at least 6 tokens; ' +
          "give it more text, or shorter sequences (its text is 2 documents; validation and test take theirs first, and a " +
          "document is a file, or a piece of a file above 65536 bytes)",
      },
    ]);
  });

  it("leaves the hint about few documents out where there are enough", () => {
    const corpus = corpusWith(5, 61);
    const documents = { train: 1, validation: 1, test: 1 };
    const domains = corpus.domains.map((domain) => ({ ...domain, documents }));
    expect(textProblems({ ...corpus, domains }, data).map(({ message }) => message)).toEqual([
      expect.stringMatching(/give it more text, or shorter sequences$/),
    ]);
  });
});

describe("corpusNotices", () => {
  const data = dataOf([shippedDomain("fiction")]);
  const corpus = loadCorpus(data, { cacheFolder: null });

  it("is silent about the pinned files", () => {
    expect(corpusNotices(corpus, data)).toEqual([]);
  });

  it("says when a file is another one", () => {
    const domains = corpus.domains.map((domain) => ({ ...domain, sources: domain.sources.slice(1) }));
    expect(corpusNotices({ ...corpus, domains }, data)).toEqual([
      expect.stringContaining('the files of corpus "fiction" are not those that moe-lab was made with'),
    ]);
  });
});
