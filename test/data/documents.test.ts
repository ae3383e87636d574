import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { dealDocuments, digestDocuments, joinSplits, uniqueDocuments } from "../../src/data/documents.ts";
import { bytes, text } from "./helpers.ts";

function digest(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

describe("documents", () => {
  it("are trimmed at the end, and empty ones dropped", () => {
    const documents = digestDocuments([" a \r\n\t", "\n \n", "", "b\n\nc"].map(bytes));
    expect(documents.map((document) => text(document.bytes))).toEqual([" a", "b\n\nc"]);
    expect(documents.map((document) => document.digest)).toEqual([digest(" a"), digest("b\n\nc")]);
  });

  it("are kept once, the first time, and not when they are known", () => {
    const documents = digestDocuments(["a", "b", "a\n", "c", "b"].map(bytes));
    const kept = uniqueDocuments(documents, new Set([digest("c")]));
    expect(kept.map((document) => text(document.bytes))).toEqual(["a", "b"]);
  });
});

describe("the split", () => {
  // Ten documents of 10 bytes. Their order by SHA-256 is worked out here, apart from the code.
  const contents = Array.from({ length: 10 }, (_, index) => `document ${index}`);
  const byDigest = [...contents].sort((a, b) => (digest(a) < digest(b) ? -1 : 1));
  const documents = digestDocuments(contents.map(bytes));

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
    const joined = joinSplits(digestDocuments(["a", "b", "c", "d"].map(bytes)), [
      "train",
      "validation",
      "train",
      "train",
    ]);
    expect(text(joined.splits.train)).toBe("a\n\nc\n\nd");
    expect(text(joined.splits.validation)).toBe("b");
    expect(text(joined.splits.test)).toBe("");
    expect(joined.documents).toEqual({ train: 3, validation: 1, test: 0 });
  });
});
