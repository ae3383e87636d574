import { createCompiledEngine } from "../../src/engine/compiled.ts";
import { createCpuEngine } from "../../src/engine/eager.ts";
import type { Engine } from "../../src/engine/types.ts";
import { nativeApi, nativeEngine } from "./native-engine.ts";

/** The engines of the tests: what everything means, and what runs; the native one where its library is there. */
export const eager: Engine = await createCpuEngine();
export const compiled: Engine = createCompiledEngine({ threads: 1 });
export const engines: readonly Engine[] = [eager, compiled, ...(nativeApi === null ? [] : [nativeEngine()])];
