import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { messageOf } from "../core/errors.ts";
import { writeFileAtomic, type WriteFile } from "../core/files.ts";
import { hashJson, sha256 } from "../core/json.ts";
import { plural } from "../core/plural.ts";

/**
 * seal.json of a folder: length, rows and SHA-256 of every file that belongs together, written after all of them. A reader
 * that finds it broken knows that a file was changed, lost, or is of another set.
 */

export const SEAL_FILE = "seal.json";

/** Below the folder; nothing that a seal says may lead out of it. */
const NAME = /^(?!.*\.\.)[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;

const sealedFile = z.object({
  bytes: z.int().min(0),
  /** Lines after the header, of CSV files. */
  rows: z.int().min(0).optional(),
  sha256: z.string().length(64),
});
const seal = z.object({
  format: z.literal(1),
  of: z.string(),
  files: z.record(z.string().regex(NAME), sealedFile),
  /** Over the canonical JSON of the rest. */
  sha256: z.string(),
});
type SealedFile = z.output<typeof sealedFile>;

/** What a seal says of its folder. */
export type SealCheck =
  | { readonly kind: "unsealed" }
  | { readonly kind: "whole"; readonly files: readonly string[] }
  /** One sentence a file, each beginning with its name. */
  | { readonly kind: "broken"; readonly problems: readonly string[] };

/**
 * Seals files as they are now; those of before are forgotten.
 * @param of what the folder holds; a seal of something else is broken.
 * @param files paths below the folder.
 * @throws the file system's error.
 */
export function writeSeal(
  folder: string,
  of: string,
  files: readonly string[],
  writeFile: WriteFile = writeFileAtomic,
): void {
  writeFile(join(folder, SEAL_FILE), sealText(of, describeAll(folder, files)));
}

/**
 * Seals some files as they are now, beside those that are sealed already and still there: what was changed of these since stays noticed.
 * @returns false where there is no whole seal to add to.
 * @throws the file system's error.
 */
export function extendSeal(folder: string, of: string, files: readonly string[]): boolean {
  let before: z.output<typeof seal> | null;
  try {
    before = parseSeal(readFileSync(join(folder, SEAL_FILE), "utf8"));
  } catch {
    return false;
  }
  if (before?.of !== of) return false;
  const kept = Object.entries(before.files).filter(([name]) => existsSync(join(folder, name)));
  const described = { ...Object.fromEntries(kept), ...describeAll(folder, files) };
  writeFileAtomic(join(folder, SEAL_FILE), sealText(of, described));
  return true;
}

function describeAll(folder: string, files: readonly string[]): Record<string, SealedFile> {
  return Object.fromEntries(files.map((name) => [name, describe(name, readFileSync(join(folder, name)))]));
}

function sealText(of: string, described: Readonly<Record<string, SealedFile>>): string {
  const names = Object.keys(described).sort();
  const files = Object.fromEntries(names.map((name) => [name, described[name]])) as Record<
    string,
    SealedFile
  >;
  const content = { format: 1, of, files };
  return `${JSON.stringify({ ...content, sha256: hashJson(content) }, null, 2)}\n`;
}

/**
 * Compares a folder with its seal.
 * @param of see `writeSeal`.
 * @param isWanted which of the files to look at; all when not given.
 */
export function checkSeal(
  folder: string,
  of: string,
  isWanted: (name: string) => boolean = () => true,
): SealCheck {
  let text: string;
  try {
    text = readFileSync(join(folder, SEAL_FILE), "utf8");
  } catch (error) {
    if (isMissing(error)) return { kind: "unsealed" };
    return { kind: "broken", problems: [`${SEAL_FILE} can't be read (${messageOf(error)})`] };
  }
  const parsed = parseSeal(text);
  if (parsed === null) return { kind: "broken", problems: [`${SEAL_FILE} is damaged`] };
  if (parsed.of !== of)
    return { kind: "broken", problems: [`${SEAL_FILE} is of ${parsed.of}, not of ${of}`] };
  const wanted = Object.entries(parsed.files).filter(([name]) => isWanted(name));
  const problems = wanted.flatMap(([name, expected]) => problemOf(folder, name, expected) ?? []);
  return problems.length > 0
    ? { kind: "broken", problems }
    : { kind: "whole", files: wanted.map(([name]) => name) };
}

function parseSeal(text: string): z.output<typeof seal> | null {
  try {
    const written: unknown = JSON.parse(text);
    const parsed = seal.safeParse(written);
    if (!parsed.success) return null;
    const { sha256: checksum, ...content } = parsed.data;
    return hashJson(content) === checksum ? parsed.data : null;
  } catch {
    return null;
  }
}

function describe(name: string, content: Uint8Array): SealedFile {
  const rows = name.endsWith(".csv") ? { rows: rowsIn(content) } : {};
  return { bytes: content.byteLength, ...rows, sha256: sha256(content) };
}

function problemOf(folder: string, name: string, expected: SealedFile): string | null {
  let found: SealedFile;
  try {
    found = describe(name, readFileSync(join(folder, name)));
  } catch (error) {
    return isMissing(error) ? `${name} is missing` : `${name} can't be read (${messageOf(error)})`;
  }
  if (found.sha256 === expected.sha256) return null;
  if (found.rows !== expected.rows) {
    return `${name} has ${plural(found.rows ?? 0, "row")} where it was sealed with ${expected.rows ?? 0}`;
  }
  return `${name} is not as it was sealed (${found.bytes} of ${expected.bytes} bytes, another SHA-256)`;
}

function rowsIn(content: Uint8Array): number {
  let lines = 0;
  for (const byte of content) if (byte === 10) lines += 1;
  return Math.max(0, lines - 1);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
