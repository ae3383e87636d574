/** The one place that imports onnxruntime-node. */
import "./ort-telemetry.ts";
import * as ort from "onnxruntime-node";
import { createRequire } from "node:module";
import type { HostArray } from "./types.ts";

/** A loaded model. */
export interface Session {
  run(inputs: ReadonlyMap<string, ort.Tensor>, outputs: ReadonlyMap<string, ort.Tensor>): Promise<void>;
  dispose(): Promise<void>;
}

/** Loads a model for the CPU. With one thread, no pool is made. */
export async function createSession(
  bytes: Uint8Array,
  threads: number,
  profilePrefix?: string,
): Promise<Session> {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    // Masked scores leave softmax as denormals, on which the processor is many times slower.
    extra: { session: { set_denormal_as_zero: "1" } },
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
  });
  return {
    run: async (inputs, outputs) => {
      await session.run(Object.fromEntries(inputs), Object.fromEntries(outputs));
    },
    dispose: async () => {
      if (profilePrefix !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

/** Wraps memory, without a copy. */
export function wrapTensor(data: HostArray, shape: readonly number[]): ort.Tensor {
  return data instanceof Float32Array
    ? new ort.Tensor("float32", data, shape)
    : new ort.Tensor("int32", data, shape);
}

/** Version of ONNX Runtime. */
export function ortVersion(): string {
  return (createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string }).version;
}
