import { createRequire } from "node:module";
import type { DType } from "../core/axes.ts";
import { messageOf } from "../core/errors.ts";
import { allocateEagerMemory } from "./adamw.ts";
import { checkedArray } from "./host-arrays.ts";
import { restoreRemovedUtil } from "./removed-util.ts";
import { tf } from "./tf.ts";
import type { Engine, EngineName, Executable, HostArray, Program, Tensor } from "./types.ts";

/** Version of tfjs. */
export function tfVersion(): string {
  return tf.version_core;
}

/** Runs programs operation by operation on tfjs's own CPU backend: the reference, and the way to debug a router. */
export async function createCpuEngine(): Promise<Engine> {
  await tf.setBackend("cpu");
  return eagerEngine("tfjs-cpu", { tfjs: tfVersion() }, 1);
}

/**
 * The same on TensorFlow's C library, where `@tensorflow/tfjs-node` is installed.
 * @param threads workers of TensorFlow's pool. It reads their number once, when the package is first loaded.
 * @throws Error saying why it did not load.
 */
export async function createNodeEngine(threads: number): Promise<Engine> {
  // tfjs-node has no way to ask for threads. A worker process has this in its environment; any other caller gets it here.
  process.env["TF_NUM_INTRAOP_THREADS"] = String(threads);
  restoreRemovedUtil();
  // It registers itself with the tfjs instance that is there already.
  const name = "@tensorflow/tfjs-node";
  await import(name).catch((cause: unknown) => {
    const [reason] = messageOf(cause).split(/\n| imported from /);
    const remedy = "`npm run tfjs-node:build` in moe-lab's folder builds it (docs/tfjs-node.md)";
    throw new Error(`${reason}; ${remedy}`, { cause });
  });
  await tf.setBackend("tensorflow");
  const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { version: string };
  // The package's version does not tell the library's: the prebuilt one is TensorFlow 2.9, one built here any other.
  const { binding } = tf.backend() as unknown as { readonly binding: { readonly TF_Version: string } };
  const versions = { tensorflow: binding.TF_Version, tfjs: tfVersion(), "tfjs-node": version };
  return eagerEngine("tfjs-node", versions, threads);
}

function eagerEngine(name: EngineName, versions: Readonly<Record<string, string>>, threads: number): Engine {
  return {
    name,
    threads,
    versions,
    passes: [],
    compile: (program) => Promise.resolve(prepare(program)),
    findNonFinite: async (program, inputs) => {
      const outputs = await prepare(program).run(inputs);
      const first = Object.entries(outputs).find(([, data]) =>
        data.some((number) => !Number.isFinite(number)),
      );
      return first === undefined ? null : `the output ${first[0]}`;
    },
    allocate: allocateEagerMemory,
  };
}

function prepare(program: Program): Executable {
  return {
    compileSeconds: 0,
    run: async (inputs, into = {}) => {
      // Operations run in this thread: without a pause no message to stop would be heard, and no sign of life sent.
      await new Promise((resolve) => void setImmediate(resolve));
      const tensors = tf.tidy(() => {
        const given: Record<string, Tensor> = {};
        for (const [name, spec] of Object.entries(program.inputs)) {
          const array = checkedArray(program.name, name, spec, inputs[name]);
          given[name] = tf.tensor(array, [...spec.shape], spec.dtype);
        }
        return { ...program.run(given) };
      });
      const results: Record<string, HostArray> = {};
      try {
        for (const [name, tensor] of Object.entries(tensors)) {
          const { shape } = tensor;
          const dtype = tensor.dtype as DType;
          // tfjs hands out whatever array it holds: bytes for bool, integers for a float32 that was cast from them.
          const read: ArrayLike<number> = tensor.dataSync();
          const data = dtype === "float32" ? Float32Array.from(read) : Int32Array.from(read);
          if (into[name] === undefined) {
            results[name] = data;
          } else {
            results[name] = checkedArray(program.name, name, { shape, dtype }, into[name]);
            results[name].set(data);
          }
        }
      } finally {
        tf.dispose(tensors);
      }
      return Promise.resolve(results);
    },
    dispose: () => Promise.resolve(),
  };
}
