/** A native library so small that it compiles at once: the interface of native/api.h, without plans. */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCompiler } from "../../src/engine/native/build/compiler.ts";
import type { Wanted } from "../../src/engine/native/build/manifest.ts";
import {
  NATIVE_ABI,
  packageVersion,
  readSources,
  type Sources,
} from "../../src/engine/native/build/sources.ts";
import { ownTarget } from "../../src/engine/native/build/target.ts";
import { temporaryFolder } from "./folder.ts";

const found = findCompiler(ownTarget());

/** The C compiler of this machine; null where there is none. */
export const compiler = "missing" in found ? null : found;
/** To be put behind the names of tests that need one. */
export const needsCompiler = compiler === null ? " (skipped: needs a C compiler)" : "";

const API = `
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#define EXPORT __attribute__((visibility("default")))
EXPORT int moe_abi(void) { return ABI; }
EXPORT const char *moe_build(void) { return MOE_BUILD; }
EXPORT const char *moe_isa(void) { return "one"; }
EXPORT int moe_use_isa(const char *name) { return strcmp(name, "one") == 0 ? 0 : -1; }
EXPORT uintptr_t moe_address(const void *array) { return (uintptr_t)array; }
EXPORT void *moe_plan_create(const int32_t *words, int64_t n, const float *c, int64_t m, void *pool) { return NULL; }
EXPORT void *moe_pool_create(int threads) { return NULL; }
EXPORT void moe_pool_destroy(void *pool) {}
EXPORT int moe_plan_run(void *plan, void *const *pointers) { return 0; }
EXPORT void moe_plan_destroy(void *plan) {}
EXPORT double moe_sum_of_squares(void *pool, const float *x, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
  return sum;
}
EXPORT void moe_adamw(void *pool, float *p, const float *g, float *m, float *v, int64_t n, const float *factors) {
  p[0] = factors[0];
}
EXPORT double moe_speed(double seconds) { return 1; }
void hidden(void) {}
`;
const KERNEL = `
#define JOIN_(isa) moe_##isa##_kernel
#define JOIN(isa) JOIN_(isa)
float JOIN(MOE_ISA)(float x) { return x + 1; }
`;

/** Sources of such a library in a folder of the test's own. @param abi what it says of itself */
export function smallSources(abi: number = NATIVE_ABI, more = ""): Sources {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "api.c"), `#define ABI ${abi}\n${API}${more}`);
  writeFileSync(join(folder, "kernel.c"), KERNEL);
  return readSources(folder)!;
}

/** What has to be of a library made from these sources here. */
export function wantedOf(sources: Sources): Wanted {
  return { abi: NATIVE_ABI, version: packageVersion(), target: ownTarget(), sources: sources.hash };
}

/** A copy of a folder, of the test's own. */
export function copyOf(folder: string): string {
  const copy = join(temporaryFolder(), "copy");
  cpSync(folder, copy, { recursive: true });
  return copy;
}
