import { readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../core/errors.ts";
import { writeFileAtomic } from "../../../core/files.ts";
import { canonicalJson } from "../../../core/json.ts";
import { buildLibrary } from "./compile.ts";
import { findCompiler } from "./compiler.ts";
import { manifestName } from "./manifest.ts";
import type { Sources } from "./sources.ts";
import type { Target } from "./target.ts";

/** A library that has just been built, or in one sentence why there is none. */
type Attempt =
  { readonly ok: true; readonly manifestFile: string } | { readonly ok: false; readonly reason: string };

/**
 * Builds the library with this machine's compiler. A failure is remembered beside it, so that not every process tries it again;
 * `again` tries in spite of that.
 */
export async function buildWhereMissing(
  sources: Sources,
  target: Target,
  folder: string | null,
  again = false,
): Promise<Attempt> {
  if (folder === null) return { ok: false, reason: "there is no folder for building it (no home folder)" };
  const compiler = findCompiler(target);
  if ("missing" in compiler) return { ok: false, reason: compiler.missing };
  const failures = join(folder, `moe-lab-${target}.failed.json`);
  const key = canonicalJson([sources.hash, compiler]);
  const before = again ? null : readFailure(failures, key);
  if (before !== null) return { ok: false, reason: before };
  try {
    await buildLibrary({ sources, compiler, target, folder });
    return { ok: true, manifestFile: join(folder, manifestName(target)) };
  } catch (error) {
    const reason = `${compiler.command.join(" ")} could not build it: ${messageOf(error)}`;
    try {
      writeFileAtomic(failures, canonicalJson({ key, reason }));
    } catch {
      // The next process tries again.
    }
    return { ok: false, reason };
  }
}

function readFailure(file: string, key: string): string | null {
  try {
    const found = JSON.parse(readFileSync(file, "utf8")) as {
      readonly key?: string;
      readonly reason?: string;
    };
    return found.key === key ? (found.reason ?? null) : null;
  } catch {
    return null;
  }
}
