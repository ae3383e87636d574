import { createCompiledEngine } from "./compiled.ts";
import { createCpuEngine, createNodeEngine } from "./eager.ts";
import type { Engine, EngineName } from "./types.ts";

/** Makes an engine by name. One a process. */
export function createEngine(name: EngineName, options: { readonly threads: number }): Promise<Engine> {
  switch (name) {
    case "compiled":
      return Promise.resolve(createCompiledEngine(options));
    case "tfjs-node":
      return createNodeEngine(options.threads);
    case "tfjs-cpu":
      return createCpuEngine();
  }
}
