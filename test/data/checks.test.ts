import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../../src/config/defaults.ts";
import type { DataSettings } from "../../src/config/settings.ts";
import { corpusNotices, textProblems } from "../../src/data/checks.ts";
import { loadCorpus } from "../../src/data/corpus.ts";
import type { Corpus } from "../../src/data/types.ts";
import { corpusOf, dataOf, folderWith, ownDomain, shippedDomain } from "./helpers.ts";

/** Notices of a run of so many steps. */
function noticesOf(corpus: Corpus, data: DataSettings, steps = 1): readonly string[] {
  return corpusNotices(corpus, { data, training: { ...DEFAULTS.training, steps } });
}

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

describe("a domain whose text an earlier one has", () => {
  const load = (...second: string[]) => {
    const folder = folderWith({
      "a.txt": "ay ".repeat(40),
      "b.txt": "bee ".repeat(40),
      "c.txt": "see ".repeat(40),
    });
    const files = second.map((name) => join(folder, name));
    const data = dataOf(
      [ownDomain("first", [join(folder, "a.txt"), join(folder, "b.txt")]), ownDomain("second", files)],
      {
        validationShare: 0,
        validationTokens: 1,
      },
    );
    return { corpus: loadCorpus(data, { cacheFolder: null }), data };
  };

  it("is refused where nothing is left of it, saying whose it is", () => {
    const { corpus, data } = load("b.txt", "a.txt");
    expect(textProblems(corpus, data).filter(({ message }) => message.includes('"second"'))).toEqual([
      {
        path: "data.domains[1]",
        message:
          'all documents of domain "second" (2) stand in domain "first" before it, and a text counts once, so that ' +
          "none is in training and validation; leave one of these domains out",
      },
    ]);
  });

  it("is told where a part is", () => {
    const { corpus, data } = load("b.txt", "c.txt");
    expect(noticesOf(corpus, data)).toEqual([
      'of the 2 documents of domain "second", 1 stand in domain "first" before it (but for white space and byte-order ' +
        "marks) and count only there",
    ]);
    expect(noticesOf(load("c.txt").corpus, data)).toEqual([]);
  });
});

describe("corpusNotices", () => {
  const data = dataOf([shippedDomain("fiction")]);
  const corpus = loadCorpus(data, { cacheFolder: null });

  it("is silent about the pinned files", () => {
    expect(noticesOf(corpus, data).filter((notice) => notice.includes("made with"))).toEqual([]);
  });

  it("gives the overlap of validation with training in a line", () => {
    // Measured, not derived: no run of 13 words of the chapters held out stands in the others.
    expect(noticesOf(corpus, data)).toEqual([
      "validation text that training text has too, by runs of 13 words: fiction 0.0 %; 0 of 7 documents share half or more",
    ]);
    const overlap = { documents: 40, nearDuplicates: 3, grams: 1000, shared: 126 };
    const domains = corpus.domains.map((domain) => ({ ...domain, overlap }));
    const twice = { ...corpus, domains: [...domains, ...domains] };
    expect(noticesOf(twice, data)).toEqual([
      "validation text that training text has too, by runs of 13 words: fiction 12.6 %, fiction 12.6 %; 6 of 80 documents " +
        "share half or more",
    ]);
  });

  it("says when a file is another one", () => {
    const domains = corpus.domains.map((domain) => ({ ...domain, sources: domain.sources.slice(1) }));
    expect(noticesOf({ ...corpus, domains }, data)[0]).toEqual(
      expect.stringContaining('the files of corpus "fiction" are not those that moe-lab was made with'),
    );
  });
});

describe("text that is trained on again and again", () => {
  // 20 tokens a step (T = 5, B = 4), 0.75 of them from a: after 40 steps 600 = 4 times its 150 tokens; b has 200 of 100.
  const corpus = corpusOf({
    a: { weight: 0.75, train: "x".repeat(150) },
    b: { weight: 0.25, train: "x".repeat(100) },
  });
  const data = dataOf([ownDomain("a", [], 3), ownDomain("b", [])]);

  it("is told beyond four times, by domain", () => {
    expect(noticesOf(corpus, data, 40)).toEqual([]);
    expect(noticesOf(corpus, data, 41)).toEqual([
      expect.stringMatching(/^a run goes round its training text: a 4\.1 times; beyond 4 times/),
    ]);
    expect(noticesOf(corpus, data, 100)).toEqual([expect.stringContaining("a 10.0 times, b 5.0 times;")]);
  });
});
