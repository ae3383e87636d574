import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { writeFileAtomic } from "../core/files.ts";
import { canonicalJson, sha256 } from "../core/json.ts";
import { mapSplits } from "./documents.ts";
import type { FilteredCount, Split } from "./types.ts";

/** The token streams of one domain, as they are cached. */
export interface PreparedText {
  readonly splits: Readonly<Record<Split, Uint8Array>>;
  readonly documents: Readonly<Record<Split, number>>;
  /** SHA-256 of each split's tokens. */
  readonly digests: Readonly<Record<Split, string>>;
  /** Documents left out because a domain had them before, by its place in the experiment. */
  readonly repeated: readonly number[];
  /** Training documents that the filters left out. */
  readonly filtered: readonly FilteredCount[];
}

interface Header {
  readonly key: string;
  readonly documents: Readonly<Record<Split, number>>;
  readonly bytes: Readonly<Record<Split, number>>;
  readonly digests: Readonly<Record<Split, string>>;
  readonly repeated: readonly number[];
  readonly filtered: readonly FilteredCount[];
}

const LINE_FEED = 0x0a;

/**
 * Where prepared text is kept: `MOE_LAB_CACHE`, else `moe-lab` in `XDG_CACHE_HOME`, else `~/.cache/moe-lab`. Null
 * (no cache) when none of them is an absolute path, or there is no home folder.
 */
export function defaultCacheFolder(environment: NodeJS.ProcessEnv = process.env): string | null {
  const own = environment["MOE_LAB_CACHE"];
  if (own !== undefined && isAbsolute(own)) return own;
  const shared = environment["XDG_CACHE_HOME"];
  if (shared !== undefined && isAbsolute(shared)) return join(shared, "moe-lab");
  const home = homeFolder(environment);
  return home === null ? null : join(home, ".cache", "moe-lab");
}

/**
 * Reads a prepared domain. Null when there is none, or when the file is not whole: every byte is checked against the
 * SHA-256 written with it.
 */
export function readCache(folder: string, key: string): PreparedText | null {
  try {
    const file = readFileSync(cacheFile(folder, key));
    const lineFeed = file.indexOf(LINE_FEED);
    const line = file.toString("utf8", 0, lineFeed);
    const json = line.slice(65);
    if (lineFeed === -1 || line.slice(0, 64) !== sha256(json)) return null;
    const header = JSON.parse(json) as Header;
    if (header.key !== key) return null;
    let start = lineFeed + 1;
    const splits = mapSplits((split) => {
      const tokens = new Uint8Array(file.buffer, file.byteOffset + start, header.bytes[split]);
      start += tokens.length;
      return tokens;
    });
    const whole =
      start === file.length && canonicalJson(digestSplits(splits)) === canonicalJson(header.digests);
    const { documents, digests, repeated, filtered } = header;
    return whole ? { splits, documents, digests, repeated, filtered } : null;
  } catch {
    return null; // A cache that can't be read is no cache; the text is prepared again.
  }
}

/** Keeps a prepared domain; where that fails (full disk, no right to write) nothing is kept and nothing is said. */
export function writeCache(folder: string, key: string, text: PreparedText): void {
  const bytes = mapSplits((split) => text.splits[split].length);
  const { documents, digests, repeated, filtered } = text;
  const json = canonicalJson({ key, documents, bytes, digests, repeated, filtered });
  const { train, validation, test } = text.splits;
  keep(cacheFile(folder, key), [Buffer.from(`${sha256(json)} ${json}\n`), train, validation, test]);
}

/** Reads a value kept beside the text; null when there is none, or its file is not whole. */
export function readCachedJson(folder: string, key: string): unknown {
  try {
    const file = readFileSync(cacheFile(folder, key), "utf8");
    const { key: found, value } = JSON.parse(file.slice(65)) as { key: string; value: unknown };
    return found === key && file.slice(0, 64) === sha256(file.slice(65)) ? value : null;
  } catch {
    return null;
  }
}

/** Keeps a value that JSON can hold beside the text, as `writeCache` does. */
export function writeCachedJson(folder: string, key: string, value: unknown): void {
  const json = canonicalJson({ key, value });
  keep(cacheFile(folder, key), [Buffer.from(`${sha256(json)} ${json}`)]);
}

function keep(file: string, parts: readonly Uint8Array[]): void {
  try {
    writeFileAtomic(file, Buffer.concat(parts));
  } catch {
    return; // The next command prepares the text again.
  }
}

/** SHA-256 of each split's tokens. */
export function digestSplits(splits: Readonly<Record<Split, Uint8Array>>): Record<Split, string> {
  return mapSplits((split) => hash("sha256", splits[split]));
}

/** SHA-256 over this folder's own code, so that text prepared by other code is never found. */
export function hashOfOwnCode(): string {
  const folder = import.meta.dirname;
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const digests = files
    .filter((file) => /\.[jt]s$/.test(file))
    .map((file) => `${file} ${hash("sha256", readFileSync(join(folder, file)))}`);
  return sha256(digests.join("\n"));
}

function cacheFile(folder: string, key: string): string {
  return join(folder, "text", `${key}.bin`);
}

function homeFolder(environment: NodeJS.ProcessEnv): string | null {
  try {
    const home = environment["HOME"] ?? homedir();
    return isAbsolute(home) && existsSync(home) && statSync(home).isDirectory() ? home : null;
  } catch {
    return null; // homedir() throws where the user has no entry.
  }
}
