/** The one place that imports koffi: finds, checks and loads the native library. */
import type koffi from "koffi";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { messageOf } from "../../core/errors.ts";
import type { NativeApi } from "./api.ts";
import { buildWhereMissing } from "./build/first-use.ts";
import { checkLibrary, type Manifest, manifestName, type Wanted } from "./build/manifest.ts";
import { buildFolder, NATIVE_ABI, packageVersion, readSources } from "./build/sources.ts";
import { ownTarget, type Target } from "./build/target.ts";

/** The native library, or why it can't be used and what would help. */
export type NativeLibrary =
  | {
      readonly kind: "loaded";
      readonly api: NativeApi;
      readonly path: string;
      readonly manifest: Manifest;
    }
  | {
      readonly kind: "unavailable";
      /** One sentence without a full stop. */
      readonly reason: string;
      /** What the user can do. */
      readonly remedy: string;
    };

const require = createRequire(import.meta.url);

/**
 * Loads the library that was built here, or the one of a package for this platform, or builds one where there is a C compiler
 * and the sources are there. Nothing is loaded that differs from its manifest or was made for another platform or version.
 * MOE_LAB_ISA chooses an instruction set, for tests.
 */
export async function loadNativeLibrary(): Promise<NativeLibrary> {
  const target = ownTarget();
  const sources = readSources();
  if (sources === null) return unavailable(target, "native/api.c is not in this package");
  const wanted: Wanted = { abi: NATIVE_ABI, version: packageVersion(), target, sources: sources.hash };
  const built = buildFolder();
  const folders = [built, packageFolder(target)].filter((folder) => folder !== null);
  const reasons: string[] = [];
  for (const folder of folders) {
    const found = openLibrary(join(folder, manifestName(target)), wanted);
    if ("api" in found) return found;
    if (!found.missing) reasons.push(found.reason);
  }
  const attempt = await buildWhereMissing(sources, target, built);
  if (attempt.ok) {
    const found = openLibrary(attempt.manifestFile, wanted);
    if ("api" in found) return found;
    reasons.push(found.reason);
  } else reasons.push(attempt.reason);
  return unavailable(target, reasons.join("; "));
}

/**
 * Loads one library by its manifest.
 * @returns the library, or in one sentence why it is not loaded, and whether there is simply none
 */
export function openLibrary(
  manifestFile: string,
  wanted: Wanted,
): Extract<NativeLibrary, { kind: "loaded" }> | { readonly missing: boolean; readonly reason: string } {
  const checked = checkLibrary(manifestFile, wanted);
  if (!checked.ok) return checked;
  const { path, manifest } = checked;
  const refuse = (reason: string) => ({ missing: false, reason: `${path}: ${reason}` });
  try {
    const api = bind(require("koffi") as Koffi, path, wanted);
    if (api.isa() === "none") return refuse("it has no instruction set of this processor");
    const isa = process.env["MOE_LAB_ISA"] ?? "";
    if (isa !== "" && !api.useIsa(isa)) {
      const there = manifest.instructionSets.join(", ");
      return refuse(`MOE_LAB_ISA is ${isa}; the library has ${there}, as far as the processor does`);
    }
    return { kind: "loaded", api, path, manifest };
  } catch (error) {
    return refuse(messageOf(error).split("\n")[0] ?? "");
  }
}

function unavailable(target: Target, reason: string): NativeLibrary {
  const compiler = process.platform === "darwin" ? "xcode-select --install" : "gcc or clang";
  return {
    kind: "unavailable",
    reason,
    remedy: `install a C compiler (${compiler}) or the package moe-lab-native-${target}`,
  };
}

/** Where the package with a library for the target is installed. */
function packageFolder(target: Target): string | null {
  try {
    return dirname(require.resolve(`moe-lab-native-${target}/package.json`));
  } catch {
    return null;
  }
}

/** @throws Error where it can't be opened, lacks a function, or is not what its manifest says */
function bind(koffi: Koffi, path: string, wanted: Wanted): NativeApi {
  const library = koffi.load(path);
  const abi: () => number = library.func("int moe_abi(void)");
  if (abi() !== wanted.abi) throw new Error(`its interface is ${abi()}, not ${wanted.abi}`);
  const build: () => string = library.func("const char *moe_build(void)");
  if (!build().startsWith(wanted.sources.slice(0, 16))) throw new Error(`its build is ${build()}`);

  // Arrays of numbers go over as they are, without a copy.
  type Numbers = Float32Array | Int32Array | BigUint64Array;
  const useIsa: (name: string) => number = library.func("int moe_use_isa(const char *name)");
  const address: (array: Numbers) => number | bigint = library.func(
    "uintptr_t moe_address(const void *array)",
  );
  const create: (words: Numbers, n: number, constants: Numbers, m: number, pool: Handle) => Handle =
    library.func(
      "void *moe_plan_create(const void *words, int64_t count, const void *constants, int64_t m, void *pool)",
    );
  const run: (plan: Handle, pointers: Numbers) => number = library.func(
    "int moe_plan_run(void *plan, const void *pointers)",
  );
  const destroy: (plan: Handle) => void = library.func("void moe_plan_destroy(void *plan)");
  const squares: (pool: Handle, x: Numbers, n: number) => number = library.func(
    "double moe_sum_of_squares(void *pool, const void *x, int64_t n)",
  );
  const adamw: (
    pool: Handle,
    p: Numbers,
    g: Numbers,
    m: Numbers,
    v: Numbers,
    n: number,
    factors: Numbers,
  ) => void = library.func(
    "void moe_adamw(void *pool, void *p, const void *g, void *m, void *v, int64_t n, const void *factors)",
  );
  const poolOf = pools(library.func("void *moe_pool_create(int threads)"));
  return {
    build,
    isa: library.func("const char *moe_isa(void)"),
    useIsa: (name) => useIsa(name) === 0,
    address: (array) => BigInt(address(array)),
    createPlan: (words, constants, threads) => {
      const plan = create(words, words.length, constants, constants.length, poolOf(threads));
      if (plan === null || plan === 0n) return null;
      return {
        run: (pointers) => {
          const code = run(plan, pointers);
          if (code !== 0) throw new Error(`the native library could not run the plan (${code})`);
        },
        destroy: () => destroy(plan),
      };
    },
    sumOfSquares: (x, threads) => squares(poolOf(threads), x, x.length),
    adamw: ({ parameter, gradient, first, second }, factors, threads) =>
      adamw(poolOf(threads), parameter, gradient, first, second, parameter.length, factors),
    speed: library.func("double moe_speed(double seconds)"),
  };
}

/** One pool for each number of threads, kept as long as the process: plans and AdamW take turns on it. */
function pools(create: (threads: number) => Handle): (threads: number) => Handle {
  const made = new Map<number, Handle>();
  return (threads) => {
    const pool = made.get(threads) ?? create(threads);
    made.set(threads, pool);
    return pool;
  };
}

type Koffi = typeof koffi;

/** A pointer as koffi hands it over. */
type Handle = bigint | object | null;
