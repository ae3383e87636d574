import { hash } from "node:crypto";
import type { Split } from "./types.ts";

/** A document after trimming, with the SHA-256 of its bytes in hexadecimal. */
export interface DigestedDocument {
  readonly bytes: Uint8Array;
  readonly digest: string;
}

/** The joined text and the number of documents of every split. */
interface SplitText {
  readonly splits: Readonly<Record<Split, Uint8Array>>;
  readonly documents: Readonly<Record<Split, number>>;
}

const SPLITS: readonly Split[] = ["train", "validation", "test"];
const NEWLINE = 0x0a;
const SEPARATOR = Uint8Array.of(NEWLINE, NEWLINE);

/**
 * Takes trailing white space (space, tab, line feed, carriage return) from every document, drops what is then empty,
 * and names each by its SHA-256.
 */
export function digestDocuments(documents: readonly Uint8Array[]): readonly DigestedDocument[] {
  return documents
    .map(trimEnd)
    .filter((bytes) => bytes.length > 0)
    .map((bytes) => ({ bytes, digest: hash("sha256", bytes) }));
}

/** The first of each group of equal documents, without those that `known` already has; order kept. */
export function uniqueDocuments(
  documents: readonly DigestedDocument[],
  known: ReadonlySet<string>,
): readonly DigestedDocument[] {
  const seen = new Set<string>();
  return documents.filter(({ digest }) => {
    if (known.has(digest) || seen.has(digest)) return false;
    seen.add(digest);
    return true;
  });
}

/**
 * Deals documents out by the order of their digests: validation gets them until it holds `validationShare` of all
 * bytes, then test until it holds `testShare`, the rest trains. Pure: depends on content alone, not on a seed.
 * @param documents without duplicates.
 * @returns the split of each document, in the order given.
 */
export function dealDocuments(
  documents: readonly DigestedDocument[],
  validationShare: number,
  testShare: number,
): readonly Split[] {
  const total = documents.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const split: Split[] = documents.map(() => "train");
  const held = { validation: 0, test: 0 };
  const byDigest = documents.map((document, index) => ({ ...document, index })).sort(compareDigests);
  for (const { index, bytes } of byDigest) {
    const target =
      held.validation < validationShare * total
        ? "validation"
        : held.test < testShare * total
          ? "test"
          : "train";
    if (target === "train") break;
    split[index] = target;
    held[target] += bytes.length;
  }
  return split;
}

/** Joins the documents of each split, in their order, by two newline bytes. */
export function joinSplits(documents: readonly DigestedDocument[], split: readonly Split[]): SplitText {
  const parts = { train: [], validation: [], test: [] } as Record<Split, Uint8Array[]>;
  for (const [index, { bytes }] of documents.entries()) {
    parts[split[index] ?? "train"].push(bytes);
  }
  return {
    splits: mapSplits((name) => joinDocuments(parts[name])),
    documents: mapSplits((name) => parts[name].length),
  };
}

/** A record with one value a split. */
export function mapSplits<Value>(make: (split: Split) => Value): Record<Split, Value> {
  return Object.fromEntries(SPLITS.map((split) => [split, make(split)])) as Record<Split, Value>;
}

function joinDocuments(parts: readonly Uint8Array[]): Uint8Array {
  const separators = SEPARATOR.length * Math.max(0, parts.length - 1);
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, separators));
  let offset = 0;
  for (const part of parts) {
    if (offset > 0) {
      joined.set(SEPARATOR, offset);
      offset += SEPARATOR.length;
    }
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

function trimEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && isWhiteSpace(bytes[end - 1])) end--;
  return bytes.subarray(0, end);
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === NEWLINE || byte === 0x0d;
}

function compareDigests(a: DigestedDocument, b: DigestedDocument): number {
  return a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : 0;
}
