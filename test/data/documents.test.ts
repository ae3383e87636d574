import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  dealDocuments,
  digestDocuments,
  distinctTexts,
  joinSplits,
  type Document,
} from "../../src/data/documents.ts";
import { bytes, text } from "./helpers.ts";

function digest(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

/** Documents of files that are one document each. */
function documentsOf(texts: readonly string[]): readonly Document[] {
  return digestDocuments(texts.map((value) => [bytes(value)])).flatMap((group) => group.documents);
}

describe("documents", () => {
  it("are trimmed at the end, and empty ones dropped", () => {
    const documents = documentsOf([" a \r\n\t", "\n \n", "", "b\n\nc"]);
    expect(documents.map((document) => text(document.bytes))).toEqual([" a", "b\n\nc"]);
    expect(documents.map((document) => document.digest)).toEqual([digest(" a"), digest("b\n\nc")]);
  });
});

describe("distinct texts", () => {
  const take = (...domains: string[][][]) => {
    const distinct = distinctTexts();
    return domains.map((files) => {
      const { documents, repeated } = distinct.take(
        digestDocuments(files.map((pieces) => pieces.map(bytes))),
      );
      return { texts: documents.map((document) => text(document.bytes)), repeated };
    });
  };

  it("are kept once, the first time, over all domains", () => {
    expect(take([["a"], ["b"], ["a\n"]], [["c"], ["b"], ["a"], ["c"]])).toEqual([
      { texts: ["a", "b"], repeated: [1] },
      { texts: ["c"], repeated: [2, 1] },
    ]);
  });

  it.each([
    ["CR LF", "one\r\ntwo\r\n"],
    ["CR", "one\rtwo\r"],
    ["a byte-order mark", "\uFEFFone\ntwo"],
    ["a byte-order mark within, as joined files have it", "one\n\uFEFFtwo"],
    ["indentation", "  one\n\ttwo"],
    ["white space at line ends", "one  \ntwo"],
    ["no-break and ideographic space, next line", "one\u00a0\u3000\u0085two"],
  ])("are the same with %s", (_, form) => {
    expect(take([["one\ntwo"], [form]])).toEqual([{ texts: ["one\ntwo"], repeated: [1] }]);
    expect(take([[form], ["one\ntwo"]])[0]!.repeated).toEqual([1]); // whichever comes first
  });

  it("are others with other letters, or words joined", () => {
    const all = ["one\ntwo", "one\nTwo", "onetwo", "one two."];
    expect(take(all.map((value) => [value]))).toEqual([{ texts: all, repeated: [0] }]);
  });

  it("leave a file out whole that equals an earlier one, wherever either is cut", () => {
    expect(take([["one\ntwo\n", "three"]], [["one \n", "two\nthree"]], [["one two three"]])).toEqual([
      { texts: ["one\ntwo", "three"], repeated: [0] },
      { texts: [], repeated: [2, 0] },
      { texts: [], repeated: [1, 0, 0] },
    ]);
  });
});

describe("the split", () => {
  // Ten documents of 10 bytes. Their order by SHA-256 is worked out here, apart from the code.
  const contents = Array.from({ length: 10 }, (_, index) => `document ${index}`);
  const byDigest = [...contents].sort((a, b) => (digest(a) < digest(b) ? -1 : 1));
  const documents = documentsOf(contents);

  it("gives validation documents until it holds its share of bytes, then test, then train", () => {
    // Of 100 bytes: 0.15 is held after two documents (20 bytes), 0.3 after three.
    const split = dealDocuments(documents, 0.15, 0.3);
    const of = (name: string): Set<string> => new Set(contents.filter((_, index) => split[index] === name));
    expect(of("validation")).toEqual(new Set(byDigest.slice(0, 2)));
    expect(of("test")).toEqual(new Set(byDigest.slice(2, 5)));
    expect(of("train")).toEqual(new Set(byDigest.slice(5)));
  });

  it("holds nothing out for a share of zero", () => {
    expect(new Set(dealDocuments(documents, 0, 0))).toEqual(new Set(["train"]));
    expect(dealDocuments(documents, 0, 0.1).filter((name) => name === "test")).toHaveLength(1);
  });

  it("does not depend on the order of the documents", () => {
    const forward = dealDocuments(documents, 0.15, 0.3);
    const backward = dealDocuments([...documents].reverse(), 0.15, 0.3);
    expect([...backward].reverse()).toEqual(forward);
  });

  it("joins documents in their order by two newlines", () => {
    const joined = joinSplits(documentsOf(["a", "b", "c", "d"]), ["train", "validation", "train", "train"]);
    expect(text(joined.splits.train)).toBe("a\n\nc\n\nd");
    expect(text(joined.splits.validation)).toBe("b");
    expect(text(joined.splits.test)).toBe("");
    expect(joined.documents).toEqual({ train: 3, validation: 1, test: 0 });
  });
});
