import type { NativeLibrary } from "./native/library.ts";
import type { Engine, EngineChoice } from "./types.ts";

/** How an engine computes. */
export interface EngineOptions {
  readonly threads: number;
  /** Graph passes of the native and the compiled engine, by name; all by default. Others have none. */
  readonly passes?: readonly string[] | undefined;
}

/**
 * Makes an engine by name. One a process. Each loads its own libraries only.
 * @throws Error saying why it can't be used here, and what would help
 */
export async function createEngine(name: EngineChoice, options: EngineOptions): Promise<Engine> {
  switch (name) {
    case "auto":
    case "native":
      return native(name, options);
    case "compiled":
      return compiled(options);
    case "tfjs-node": {
      const { createNodeEngine } = await import("./eager.ts");
      return createNodeEngine(options.threads);
    }
    case "tfjs-cpu": {
      const { createCpuEngine } = await import("./eager.ts");
      return createCpuEngine();
    }
  }
}

async function compiled(options: EngineOptions): Promise<Engine> {
  const { createCompiledEngine } = await import("./compiled.ts");
  return createCompiledEngine(options);
}

/** The native engine; by "auto", where its library can't be used, the compiled one, which then says what it lacks. */
async function native(name: "auto" | "native", options: EngineOptions): Promise<Engine> {
  const { loadNativeLibrary } = await import("./native/library.ts");
  const library = await loadNativeLibrary();
  if (library.kind === "loaded") return nativeFrom(library, options);
  const { reason, remedy } = library;
  if (name === "native") throw new Error(`${reason}; ${remedy}`);
  const advice =
    `training runs on ONNX Runtime, which takes 1.3 to 1.5 times as long as the native engine: ` +
    `${reason}; to have that, ${remedy}`;
  return { ...(await compiled(options)), advice };
}

async function nativeFrom(
  { api }: Extract<NativeLibrary, { kind: "loaded" }>,
  options: EngineOptions,
): Promise<Engine> {
  const { createNativeEngine } = await import("./native/engine.ts");
  const { FORMS_FILE } = await import("./native/plan.ts");
  return createNativeEngine({
    ...options,
    api,
    fallback: () => compiled(options),
    onFallback: (kernels) => {
      // What a worker prints reaches the terminal.
      console.error(
        `no native form of ${kernels.join(", ")}: this program runs on ONNX Runtime (forms stand in ${FORMS_FILE})`,
      );
    },
  });
}
