import { tf } from "../engine/tf.ts";
import type { Engine, Program } from "../engine/types.ts";
import type { ProbeResult, WorkerSettings } from "./messages.ts";
import type { WorkerServices } from "./run-job.ts";

const SIZE = 512;
const SECONDS = 1;

/**
 * Loads an engine, and measures it for about a second where asked to.
 * @throws what loading the engine throws: why it can't be used here.
 */
export async function probeEngine(
  settings: WorkerSettings,
  measure: boolean,
  createEngine: WorkerServices["createEngine"],
): Promise<ProbeResult> {
  const engine = await createEngine(settings.engine, { threads: settings.threads, passes: settings.passes });
  const { name, threads, versions, passes, advice } = engine;
  const multiplyGflops = measure ? await multiplySpeed(engine) : null;
  return {
    engine: { name, threads, versions, passes, ...(advice !== undefined && { advice }) },
    multiplyGflops,
  };
}

/** Billions of operations a second, from the median multiply. */
async function multiplySpeed(engine: Engine): Promise<number> {
  const square = { shape: [SIZE, SIZE], dtype: "float32" } as const;
  const multiply: Program = {
    name: "speed-check",
    inputs: { a: square, b: square },
    run: (inputs) => {
      const { a, b } = inputs;
      if (a === undefined || b === undefined) throw new Error("speed-check: an input is missing");
      return { product: tf.matMul(a, b) };
    },
  };
  const executable = await engine.compile(multiply);
  const numbers = Float32Array.from({ length: SIZE * SIZE }, (_, index) => Math.sin(index));
  const inputs = { a: numbers, b: numbers };
  await executable.run(inputs);
  const times: number[] = [];
  const begin = performance.now();
  while (performance.now() - begin < SECONDS * 1000 || times.length < 3) {
    const start = performance.now();
    await executable.run(inputs);
    times.push((performance.now() - start) / 1000);
  }
  await executable.dispose();
  const median = times.sort((a, b) => a - b)[times.length >> 1] ?? Infinity;
  return (2 * SIZE ** 3) / median / 1e9;
}
