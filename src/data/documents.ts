import { hash } from "node:crypto";
import { comparisonDigest } from "./comparison.ts";
import type { Split } from "./types.ts";

/** A document after trimming. */
export interface Document {
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes; its order deals documents out. */
  readonly digest: string;
  /** SHA-256 of the text as it is compared (comparison.ts). */
  readonly comparison: string;
}

/** The documents of one file of the user's, or one document of a shipped corpus. */
export interface DocumentGroup {
  readonly documents: readonly Document[];
  /** Comparison of the whole file; null where it is one document. */
  readonly whole: string | null;
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
 * and makes the digests by which documents are ordered and compared.
 * @param groups the pieces of each file; side by side they are the file.
 */
export function digestDocuments(groups: readonly (readonly Uint8Array[])[]): readonly DocumentGroup[] {
  return groups.map((pieces) => ({
    documents: pieces
      .map(trimEnd)
      .filter((bytes) => bytes.length > 0)
      .map((bytes) => ({
        bytes,
        digest: hash("sha256", bytes),
        comparison: comparisonDigest(bytes),
      })),
    whole: pieces.length > 1 ? comparisonDigest(Buffer.concat(pieces)) : null,
  }));
}

/** Keeps each text once, over all domains. */
export interface DistinctTexts {
  /**
   * The documents of a domain that neither it nor an earlier one had before, in order. A file that equals an earlier
   * one is left out whole, since white space moves the places where files are cut.
   * @returns also how many were left out, by the place (from 0, its own last) of the domain that has them.
   */
  take(groups: readonly DocumentGroup[]): {
    readonly documents: readonly Document[];
    readonly repeated: readonly number[];
  };
}

/** Starts with no text known; `take` must see the domains in their order. */
export function distinctTexts(): DistinctTexts {
  /** Comparison digests of documents and cut files, with the domain that has them. */
  const owners = new Map<string, number>();
  let domain = -1;
  return {
    take: (groups) => {
      domain += 1;
      const repeated = Array.from({ length: domain + 1 }, () => 0);
      const documents: Document[] = [];
      const leaveOut = (owner: number, count: number): void => {
        repeated[owner] = (repeated[owner] ?? 0) + count;
      };
      for (const group of groups) {
        const owner = group.whole === null ? undefined : owners.get(group.whole);
        if (owner !== undefined) {
          leaveOut(owner, group.documents.length);
          continue;
        }
        for (const document of group.documents) {
          const first = owners.get(document.comparison);
          if (first !== undefined) leaveOut(first, 1);
          else {
            owners.set(document.comparison, domain);
            documents.push(document);
          }
        }
        if (group.whole !== null) owners.set(group.whole, domain);
      }
      return { documents, repeated };
    },
  };
}

/**
 * Deals documents out by the order of their digests: validation gets them until it holds `validationShare` of all
 * bytes, then test until it holds `testShare`, the rest trains. Pure: depends on content alone, not on a seed.
 * @param documents without duplicates.
 * @returns the split of each document, in the order given.
 */
export function dealDocuments(
  documents: readonly Document[],
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
export function joinSplits(documents: readonly Document[], split: readonly Split[]): SplitText {
  const parts = bySplit(documents, split);
  return {
    splits: mapSplits((name) => joinDocuments(parts[name])),
    documents: mapSplits((name) => parts[name].length),
  };
}

/** The bytes of the documents of each split, in their order. */
export function bySplit(
  documents: readonly Document[],
  split: readonly Split[],
): Readonly<Record<Split, readonly Uint8Array[]>> {
  const parts = { train: [], validation: [], test: [] } as Record<Split, Uint8Array[]>;
  for (const [index, { bytes }] of documents.entries()) parts[split[index] ?? "train"].push(bytes);
  return parts;
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

function compareDigests(a: Document, b: Document): number {
  return a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : 0;
}
