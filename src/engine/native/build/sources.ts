import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalJson, sha256 } from "../../../core/json.ts";
import { defaultCacheFolder } from "../../../data/cache.ts";

/** MOE_ABI of native/api.h: raised by any change of its functions or of the words of a plan. */
export const NATIVE_ABI = 2;

/** Files that are compiled once; all others once for each instruction set. */
const COMMON: ReadonlySet<string> = new Set(["api.c", "cpu.c", "optimizer.c", "plan.c", "threads.c"]);

/**
 * Flags of every file. A fused multiply-add happens only where the code says so and arithmetic is IEEE's, so that compilers
 * agree.
 */
export const COMPILE_FLAGS: readonly string[] = [
  ...["-std=gnu11", "-O3", "-DNDEBUG", "-fvisibility=hidden"],
  ...["-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"],
];

/** An instruction set by its name in the sources (MOE_ISA), with the flags that allow it. */
interface InstructionSet {
  readonly name: string;
  readonly flags: readonly string[];
}

/** Instruction sets that a library for an architecture holds, best first. */
export const INSTRUCTION_SETS: Readonly<Record<string, readonly InstructionSet[]>> = {
  x64: [
    { name: "avx512", flags: ["-march=x86-64-v4"] },
    { name: "avx2", flags: ["-march=x86-64-v3"] },
    { name: "sse2", flags: ["-march=x86-64"] },
  ],
  arm64: [{ name: "neon", flags: [] }],
};

/** The C sources of the native library. */
export interface Sources {
  readonly folder: string;
  readonly common: readonly string[];
  readonly kernels: readonly string[];
  /** SHA-256 over names and contents of all files and the flags; what a library must have been made from. */
  readonly hash: string;
}

/** The package's own folder, in a checkout as where it is installed. */
const PACKAGE_FOLDER = fileURLToPath(new URL("../../../../", import.meta.url));

/** Reads the sources; null where they are not there or not whole. */
export function readSources(folder: string = join(PACKAGE_FOLDER, "native")): Sources | null {
  if (!existsSync(join(folder, "api.c"))) return null;
  const files = readdirSync(folder)
    .filter((file) => /\.[ch]$/.test(file))
    .sort();
  const digests = files.map((file) => [file, sha256(readFileSync(join(folder, file)))]);
  const units = files.filter((file) => file.endsWith(".c"));
  return {
    folder,
    common: units.filter((file) => COMMON.has(file)),
    kernels: units.filter((file) => !COMMON.has(file)),
    hash: sha256(canonicalJson({ digests, COMPILE_FLAGS, INSTRUCTION_SETS })),
  };
}

/**
 * Where libraries are built: `native/build` in a checkout; moe-lab's cache where it is installed as a package, which may not be
 * written to. Null where there is no cache.
 */
export function buildFolder(): string | null {
  if (!PACKAGE_FOLDER.includes(`${sep}node_modules${sep}`)) return join(PACKAGE_FOLDER, "native", "build");
  const cache = defaultCacheFolder();
  return cache === null ? null : join(cache, "native");
}

/** Version of moe-lab, which a library made for another does not serve. */
export function packageVersion(): string {
  const text = readFileSync(join(PACKAGE_FOLDER, "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
