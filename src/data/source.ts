import { hash } from "node:crypto";
import { sha256 } from "../core/json.ts";

/** A file that text comes from, as it was read. */
export interface SourceFile {
  /** Package and path in it, or the path below the folder that the user named; no path of the machine. */
  readonly file: string;
  readonly content: Uint8Array;
}

/** Where the text of a domain comes from: reading is apart from parsing, because the cache needs only the first. */
export interface TextSource {
  readonly files: readonly SourceFile[];
  /** The documents of these files, in a fixed order, as they stand: not trimmed, duplicates included; pieces of one file together. */
  readonly documents: () => readonly (readonly Uint8Array[])[];
}

/** A text that moe-lab ships through its dependencies, or makes. */
export interface ShippedCorpus {
  /** What `domains[].corpus` calls it. */
  readonly name: string;
  /** Reads (or makes) the files. @throws InputError when a package is missing. */
  read(): readonly SourceFile[];
  /** Cuts the files into documents; depends on their content alone. */
  documents(files: readonly SourceFile[]): readonly Uint8Array[];
}

/** What provenance keeps of a source file. */
export interface SourceRecord {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** File, SHA-256 and size of each source file. */
export function sourceRecords(files: readonly SourceFile[]): readonly SourceRecord[] {
  return files.map(({ file, content }) => ({
    file,
    sha256: hash("sha256", content),
    bytes: content.length,
  }));
}

/** One SHA-256 for a list of source files: of the lines `<sha256>  <file>\n`, as sha256sum prints them. */
export function combinedSha256(records: readonly SourceRecord[]): string {
  return sha256(records.map((record) => `${record.sha256}  ${record.file}\n`).join(""));
}
