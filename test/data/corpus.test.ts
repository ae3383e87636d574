import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { loadCorpus } from "../../src/data/corpus.ts";
import { byteTokenizer } from "../../src/data/tokenizers/tokenizer.ts";
import { bytes, dataOf, folderWith, ownDomain, text } from "./helpers.ts";

const uncached = { cacheFolder: null };

describe("loadCorpus", () => {
  it("joins the user's documents, normalises weights, and names sources without folders of the machine", () => {
    const one = folderWith({ "b.txt": "bee\n", "a.txt": "ay\n", "c/a.txt": "ay" });
    const two = folderWith({ "d.txt": "dee" });
    const data = dataOf([ownDomain("one", [one], 3), ownDomain("two", [join(two, "d.txt")], 1)], {
      validationShare: 0,
      testShare: 0,
    });
    const { domains, vocabulary, tokenizer } = loadCorpus(data, uncached);
    expect(domains.map(({ name, weight }) => [name, weight])).toEqual([
      ["one", 0.75],
      ["two", 0.25],
    ]);
    // c/a.txt repeats a.txt.
    expect(domains.map(({ splits }) => text(splits.train))).toEqual(["ay\n\nbee", "dee"]);
    expect(domains[1]!.sources).toEqual([
      // printf dee | sha256sum
      { file: "d.txt", sha256: "e7834034bd059ecf00b0661f88f1e7242450bf1951c1e76803e80ce4182e2e9c", bytes: 3 },
    ]);
    expect(vocabulary).toBe(256);
    expect(tokenizer).toBe(byteTokenizer);
  });

  it("takes validation weights where they are given, and the weights where not", () => {
    const folder = folderWith({ "a.txt": "ay", "b.txt": "bee" });
    const domain = (name: string, weight: number, validationWeight: number | null) => ({
      ...ownDomain(name, [join(folder, `${name}.txt`)], weight),
      validationWeight,
    });
    const load = (a: number | null, b: number | null) => {
      const data = dataOf([domain("a", 3, a), domain("b", 1, b)], { validationShare: 0, testShare: 0 });
      const { domains, hash } = loadCorpus(data, uncached);
      return { hash, weights: domains.map(({ weight, validationWeight }) => [weight, validationWeight]) };
    };
    expect(load(null, null).weights).toEqual([
      [0.75, 0.75],
      [0.25, 0.25],
    ]);
    expect(load(1, 1).weights).toEqual([
      [0.75, 0.5],
      [0.25, 0.5],
    ]);
    // 3 to 9, the first one's weight being taken.
    expect(load(null, 9).weights).toEqual([
      [0.75, 0.25],
      [0.25, 0.75],
    ]);
    // The run's settings tell the weights of judging; the text is the same.
    expect(load(1, 1).hash).toBe(load(null, null).hash);
  });

  it("gives a document to the first domain that has it, so that no split of one overlaps with another's", () => {
    const folder = folderWith({ "a.txt": "ay", "sub/b.txt": "bee", "sub/c.txt": "see" });
    const other = folderWith({ "d.txt": "dee" });
    const load = (shares: number) =>
      loadCorpus(
        dataOf([ownDomain("sub", [join(folder, "sub")]), ownDomain("all", [folder, other])], {
          validationShare: shares,
          testShare: 0,
        }),
        uncached,
      ).domains.map(({ splits }) => text(splits.train));
    expect(load(0)).toEqual(["bee\n\nsee", "ay\n\ndee"]);
  });

  it("lets no line of one text into two splits, whatever line ends and marks its files have", () => {
    // 120 poems, each with LF, with CR LF, and behind a byte-order mark.
    const poems = Array.from(
      { length: 120 },
      (_, index) => `poem ${index}\nits line ${index * 7}\nand its last`,
    );
    const forms = [
      ["lf", (poem: string) => poem],
      ["crlf", (poem: string) => poem.replaceAll("\n", "\r\n")],
      ["bom", (poem: string) => `\uFEFF${poem}\n`],
    ] as const;
    const folder = folderWith(
      Object.fromEntries(
        forms.flatMap(([form, write]) => poems.map((poem, index) => [`${form}/${index}.txt`, write(poem)])),
      ),
    );
    const load = (domains: ReturnType<typeof ownDomain>[]) =>
      loadCorpus(dataOf(domains, { validationShare: 0.3 }), uncached).domains;
    const [all] = load([ownDomain("all", [folder])]);
    const lines = (split: "train" | "validation") =>
      text(all!.splits[split])
        .replaceAll("\uFEFF", "")
        .split(/\r?\n/)
        .filter((line) => /\d/.test(line));
    expect(lines("validation").length).toBeGreaterThan(60);
    const train = new Set(lines("train"));
    expect(lines("validation").filter((line) => train.has(line))).toEqual([]);
    expect(all!.repeated).toEqual([{ domain: "all", documents: 240 }]);
    // Two domains: the second has nothing of its own.
    const [, second] = load([
      ownDomain("lf", [join(folder, "lf")]),
      ownDomain("rest", [join(folder, "crlf")]),
    ]);
    expect(second!.documents).toEqual({ train: 0, validation: 0, test: 0 });
    expect(second!.repeated).toEqual([{ domain: "lf", documents: 120 }]);
  });

  it("records how much of validation stands in training text of any domain", () => {
    const long = (from: number) => Array.from({ length: 40 }, (_, index) => `word${from + index}`).join(" ");
    const texts = Array.from({ length: 20 }, (_, index) => long(index * 100));
    const a = folderWith(Object.fromEntries(texts.map((value, index) => [`${index}.txt`, value])));
    // Each of two has all of these texts; one of the two trains.
    const b = folderWith({ "1.txt": texts.join("\n"), "2.txt": [...texts].reverse().join("\n") });
    const shares = { validationShare: 0.5, testShare: 0 };
    const [alone] = loadCorpus(dataOf([ownDomain("a", [a])], shares), uncached).domains;
    const documents = alone!.documents.validation;
    // 28 runs of 13 words in 40.
    const none = { documents, nearDuplicates: 0, grams: 28 * documents, shared: 0 };
    expect(alone!.overlap).toEqual(none);
    const both = loadCorpus(dataOf([ownDomain("a", [a]), ownDomain("b", [b])], shares), uncached).domains;
    expect(both[0]!.overlap).toEqual({ ...none, nearDuplicates: documents, shared: 28 * documents });
    // 800 words; of the 12 across each of 19 joins none is in the other order.
    expect(both[1]!.overlap).toEqual({ documents: 1, nearDuplicates: 1, grams: 788, shared: 20 * 28 });
  });

  it("cuts a large file, so that a part of it can be held out", () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`).join("\n");
    const file = join(folderWith({ "large.txt": lines }), "large.txt");
    const { documents } = loadCorpus(dataOf([ownDomain("large", [file])]), uncached).domains[0]!;
    // Lines of at most 11 bytes: 12 pieces of 16 384 to 16 394 bytes and a rest of at least 12 161; a share of 5 %
    // (10 444 bytes) is held by one piece of either kind.
    expect(bytes(lines)).toHaveLength(208_889);
    expect(documents).toEqual({ train: 11, validation: 1, test: 1 });
  });

  it("collects what is wrong with every domain", () => {
    const data = dataOf([
      ownDomain("a", ["/nonexistent/a"]),
      { name: "b", weight: 1, validationWeight: null, task: null, corpus: "poetry", files: [] },
      ownDomain("c", ["/nonexistent/c"]),
    ]);
    let problems: InputError["problems"] = [];
    try {
      loadCorpus(data, uncached);
    } catch (error) {
      if (error instanceof InputError) problems = error.problems;
    }
    expect(problems.map(({ where, path }) => [where, path])).toEqual([
      ["/nonexistent/a", "data.domains[0].files"],
      ["", "data.domains[1].corpus"],
      ["/nonexistent/c", "data.domains[2].files"],
    ]);
    expect(problems[1]!.message).toBe(
      '"poetry" is no shipped corpus; there are fiction, speeches, dictionary, code, arithmetic, ' +
        "countries, rights, scripts, messages, declarations, compiler",
    );
  });

  it("has a hash that feels content, names, weights and shares, and nothing else", () => {
    const files = { "a.txt": "ay", "b.txt": "bee", "c.txt": "see" };
    const hash = (content: Record<string, string>, name = "own", weight = 1, share = 0) => {
      const other = ownDomain("other", [folderWith({ "z.txt": "zed" })], 1);
      const settings = { validationShare: share, testShare: 0 };
      return loadCorpus(dataOf([ownDomain(name, [folderWith(content)], weight), other], settings), uncached)
        .hash;
    };
    const base = hash(files);
    expect(hash(files)).toBe(base); // another folder of the machine
    expect(hash({ ...files, "b.txt": "bee\n" })).toBe(base); // white space at the end
    const different = [
      hash({ ...files, "b.txt": "beE" }),
      hash(files, "mine"),
      hash(files, "own", 2),
      hash(files, "own", 1, 0.2),
      base,
    ];
    expect(new Set(different).size).toBe(5);
  });
});
