import { describe, expect, it } from "vitest";
import { loadCorpus } from "../../src/data/corpus.ts";
import { corpusNotices } from "../../src/data/checks.ts";
import { DEFAULTS } from "../../src/config/defaults.ts";
import { hasRepeats, isOfFewWords } from "../../src/data/filters.ts";
import { streamOf } from "../../src/core/streams.ts";
import { dataOf, folderWith, ownDomain } from "./helpers.ts";
import { temporaryFolder } from "../support/folder.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("repeats", () => {
  it.each([1, 2, 5, 13])("of a run of %i words: 32 are too many, 31 are not", (n) => {
    const run = Array.from({ length: n }, (_, at) => `w${String.fromCodePoint(97 + at)}`);
    const text = (times: number): Uint8Array =>
      bytes(["before", ...Array.from({ length: times }, () => run).flat(), "after"].join(" "));
    expect(hasRepeats(text(32), 32)).toBe(true);
    expect(hasRepeats(text(31), 32)).toBe(false);
  });

  it("of 14 words are none: the paper counts up to 13", () => {
    const run = Array.from({ length: 14 }, (_, at) => `w${String.fromCodePoint(97 + at)}`).join(" ");
    expect(hasRepeats(bytes(Array.from({ length: 40 }, () => run).join(" ")), 32)).toBe(false);
  });

  it("one other word between them begins the count anew", () => {
    const half = Array.from({ length: 20 }, () => "a").join(" ");
    expect(hasRepeats(bytes(`${half} b ${half}`), 32)).toBe(false);
  });

  it("at the beginning and the end of a text count, and marks and other scripts are words too", () => {
    expect(hasRepeats(bytes(Array.from({ length: 32 }, () => "no").join(" ")), 32)).toBe(true);
    expect(hasRepeats(bytes("日 ".repeat(32)), 32)).toBe(true);
    expect(hasRepeats(bytes("- x\n".repeat(31)), 32)).toBe(false);
    expect(hasRepeats(bytes("- x\n".repeat(33)), 32)).toBe(true);
    expect(hasRepeats(bytes("-".repeat(100)), 32)).toBe(false); // one piece
    expect(hasRepeats(bytes(""), 2)).toBe(false);
  });

  it("are what a slow look at every run finds, on texts of few words", () => {
    const stream = streamOf(1, "filters");
    let found = 0;
    for (let text = 0; text < 300; text++) {
      const words = Array.from({ length: 40 }, () => (stream.uniform() < 0.7 ? "a" : "b"));
      const slow = hasRepeatsSlowly(words, 3);
      expect(hasRepeats(bytes(words.join(" ")), 3)).toBe(slow);
      if (slow) found += 1;
    }
    // Runs of "a" alone: nearly all have three in a row; of 6 in 40 it is a matter of chance.
    expect(found).toBeGreaterThan(0);
  });
});

/** Blanks between words are part of them, as pieces are: each run of n words, and how often it stands from there on. */
function hasRepeatsSlowly(words: readonly string[], times: number): boolean {
  for (let n = 1; n <= 13; n++) {
    for (let start = 0; start + n * times <= words.length; start++) {
      const run = words.slice(start, start + n).join();
      const all = Array.from({ length: times }, (_, at) =>
        words.slice(start + at * n, start + (at + 1) * n).join(),
      );
      if (all.every((one) => one === run)) return true;
    }
  }
  return false;
}

describe("word share", () => {
  it("of one word: more than 30 % are too many", () => {
    // 3 of 10 are 30 %, and with another two 50 %: neither is more.
    expect(isOfFewWords(bytes("a a a b b c d e f g"))).toBe(false);
    expect(isOfFewWords(bytes("a a a a b c d e f g"))).toBe(true);
  });

  it("of two words: more than 50 % are too many", () => {
    expect(isOfFewWords(bytes("a a a b b b c d e f"))).toBe(true); // 6 of 10
    expect(isOfFewWords(bytes("a a b b c c d e"))).toBe(false); // 4 of 8
  });
});

describe("in an experiment", () => {
  const texts = Array.from({ length: 40 }, (_, at): [string, string] => {
    const own = `a document of its own with number ${at}, which says ${at * at} and no more`;
    const kinds = [`${"spam and ".repeat(40)}${at}`, `x x x x x x y ${at} z${at}`, own, own];
    return [`d${at}.txt`, kinds[at % kinds.length] ?? own];
  });
  const files = [folderWith(Object.fromEntries(texts))];
  const change = { validationShare: 0.2, testShare: 0.1 };
  const plain = loadCorpus(dataOf([ownDomain("own", files)], change), { cacheFolder: null }).domains[0]!;
  const data = dataOf([ownDomain("own", files)], { ...change, maxRepeats: 32, wordShareDomains: ["own"] });
  const corpus = loadCorpus(data, { cacheFolder: null });
  const filtered = corpus.domains[0]!;

  it("only training documents go, and are counted by rule", () => {
    expect(filtered.splits.validation).toEqual(plain.splits.validation);
    expect(filtered.splits.test).toEqual(plain.splits.test);
    const text = new TextDecoder().decode(Uint8Array.from(plain.splits.train));
    const [spam, few] = [/spam and/, /x x x/].map(
      (mark) => text.split("\n\n").filter((document) => mark.test(document)).length,
    );
    expect(spam).toBeGreaterThan(0);
    expect(few).toBeGreaterThan(0);
    expect(filtered.filtered?.map(({ rule, documents }) => [rule, documents])).toEqual([
      ["repeats", spam],
      ["word share", few],
    ]);
    expect(plain.documents.train - filtered.documents.train).toBe(spam! + few!);
    expect(new TextDecoder().decode(Uint8Array.from(filtered.splits.train))).not.toMatch(/spam and|x x x/);
  });

  it("are told of, and counted again from the cache", () => {
    const notice = corpusNotices(corpus, { data, training: DEFAULTS.training }).find((one) =>
      /filters/.test(one),
    );
    const { train } = plain.documents;
    const [repeats, share] = filtered.filtered!;
    const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
    expect(notice).toBe(
      `left out of the training text by filters: own ${repeats!.documents} of ${train} documents by repeats (${kB(repeats!.bytes)}), ` +
        `own ${share!.documents} of ${train} documents by word share (${kB(share!.bytes)})`,
    );
    const cacheFolder = temporaryFolder();
    loadCorpus(data, { cacheFolder });
    const again = loadCorpus(data, { cacheFolder });
    expect(again.domains[0]!.filtered).toEqual(filtered.filtered);
    expect(again.hash).toBe(corpus.hash);
    // The cache knows filtered text from other text.
    const other = loadCorpus({ ...data, maxRepeats: null, wordShareDomains: null }, { cacheFolder });
    expect(other.domains[0]!.splits.train).toEqual(plain.splits.train);
  });
});
