/** The native engine for tests, or why there is none here, to be put behind the names of tests that need it. */
import type { NativeApi } from "../../src/engine/native/api.ts";
import { createNativeEngine } from "../../src/engine/native/engine.ts";
import { loadNativeLibrary } from "../../src/engine/native/library.ts";
import type { Engine } from "../../src/engine/types.ts";

const library = await loadNativeLibrary();

/** The native library; null where it can't be loaded. */
export const nativeApi: NativeApi | null = library.kind === "loaded" ? library.api : null;

/** To be put behind the names of tests that need the library. */
export const needsNative =
  library.kind === "loaded" ? "" : ` (skipped: no native library: ${library.reason})`;

/**
 * The native engine without a way out: a kernel that has no native form is an error.
 * @param api for tests that need the library and have asked whether it is there
 */
export function nativeEngine(
  options: { readonly threads?: number; readonly passes?: readonly string[] } = {},
  api: NativeApi | null = nativeApi,
): Engine {
  if (api === null) throw new Error("there is no native library");
  return createNativeEngine({
    api,
    threads: options.threads ?? 1,
    passes: options.passes,
    fallback: () => Promise.reject(new Error("no native form")),
    onFallback: (kernels) => {
      throw new Error(`no native form: ${kernels.join(", ")}`);
    },
  });
}
