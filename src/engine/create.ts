import { createCompiledEngine } from "./compiled.ts";
import { createCpuEngine, createNodeEngine } from "./eager.ts";
import type { Engine, EngineName } from "./types.ts";

/** How an engine computes. */
export interface EngineOptions {
  readonly threads: number;
  /** Graph passes of the compiled engine, by name; all by default. Others have none. */
  readonly passes?: readonly string[] | undefined;
}

/** Makes an engine by name. One a process. */
export function createEngine(name: EngineName, options: EngineOptions): Promise<Engine> {
  switch (name) {
    case "compiled":
      return Promise.resolve(createCompiledEngine(options));
    case "tfjs-node":
      return createNodeEngine(options.threads);
    case "tfjs-cpu":
      return createCpuEngine();
  }
}
