import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { messageOf } from "../../../core/errors.ts";
import { sha256 } from "../../../core/json.ts";
import type { Target } from "./target.ts";

/** What stands beside a library: what it is, and what it was made from and by. */
export interface Manifest {
  /** File name of the library, in the manifest's folder. */
  readonly file: string;
  /** SHA-256 of the library. */
  readonly sha256: string;
  readonly abi: number;
  /** Version of moe-lab. */
  readonly version: string;
  readonly target: Target;
  /** Sources.hash. */
  readonly sources: string;
  /** Compiler and version. */
  readonly compiler: string;
  /** Instruction sets in it, best first. */
  readonly instructionSets: readonly string[];
}

/** What a library has to be in order to be loaded. */
export type Wanted = Pick<Manifest, "abi" | "version" | "target" | "sources">;

/** A library that may be loaded, or in one sentence why not. */
type Checked =
  | { readonly ok: true; readonly manifest: Manifest; readonly path: string }
  | { readonly ok: false; readonly missing: boolean; readonly reason: string };

/** File name of a target's shared library with this SHA-256. */
export function libraryNamed(target: Target, digest: string): string {
  const extension = target.startsWith("win32") ? "dll" : target.startsWith("darwin") ? "dylib" : "so";
  return `moe-lab-${target}-${digest.slice(0, 16)}.${extension}`;
}

/** File name of a target's manifest. */
export function manifestName(target: Target): string {
  return `moe-lab-${target}.json`;
}

/**
 * Reads a manifest and holds the library beside it against it and against what is wanted, before any of it is loaded: code
 * that was cut short, changed, or made for another machine or version must not run.
 */
export function checkLibrary(manifestFile: string, wanted: Wanted): Checked {
  const refuse = (reason: string, missing = false): Checked => ({ ok: false, missing, reason });
  let manifest: Partial<Manifest> | null;
  try {
    manifest = JSON.parse(readFileSync(manifestFile, "utf8")) as Partial<Manifest> | null;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return refuse(missing ? `${manifestFile} is not there` : `${manifestFile}: ${messageOf(error)}`, missing);
  }
  if (!isManifest(manifest)) return refuse(`${manifestFile} is no manifest of a native library`);
  for (const [field, what] of [
    ["target", "made for"],
    ["version", "of moe-lab"],
    ["abi", "of interface"],
    ["sources", "made from sources"],
  ] as const) {
    if (manifest[field] !== wanted[field]) {
      return refuse(
        `${manifestFile}: the library is ${what} ${short(manifest[field])}, not ${short(wanted[field])}`,
      );
    }
  }
  const path = join(dirname(manifestFile), manifest.file);
  let digest: string;
  try {
    digest = sha256(readFileSync(path));
  } catch (error) {
    return refuse(`${path}: ${messageOf(error)}`);
  }
  if (digest !== manifest.sha256) {
    return refuse(`${path} is damaged: its SHA-256 is ${short(digest)}, not ${short(manifest.sha256)}`);
  }
  return { ok: true, manifest, path };
}

function isManifest(value: Partial<Manifest> | null): value is Manifest {
  if (typeof value !== "object" || value === null) return false;
  const texts = [value.file, value.sha256, value.version, value.target, value.sources, value.compiler];
  return (
    texts.every((text) => typeof text === "string") &&
    typeof value.abi === "number" &&
    Array.isArray(value.instructionSets) &&
    value.file === basename(value.file ?? "")
  );
}

/** The first 16 digits of a hash; other values as they are. */
function short(value: string | number): string {
  return /^[0-9a-f]{64}$/.test(String(value)) ? String(value).slice(0, 16) : String(value);
}
