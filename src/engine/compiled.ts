import { sizeOf, type TensorSpecs } from "../core/axes.ts";
import { tfVersion } from "./eager.ts";
import { specOf } from "./graph.ts";
import { checkedArray, emptyArray } from "./host-arrays.ts";
import { type BorderTensor, lowerGraph } from "./onnx/lower.ts";
import { needed } from "./ops/define.ts";
import { createSession, ortVersion, wrapTensor } from "./ort.ts";
import { probeGraph } from "./probe.ts";
import { optimize, PASSES } from "./passes/index.ts";
import { trace } from "./trace/tracer.ts";
import type { Engine, Executable, HostArray, HostTensors, Program } from "./types.ts";
import { allocateWasmMemory } from "./wasm-memory.ts";

/** Settings of the compiled engine that do not change what it computes. */
export interface CompiledOptions {
  readonly threads: number;
  /** Names of the passes that run; all by default. */
  readonly passes?: readonly string[] | undefined;
  /** Where ONNX Runtime writes a profile when the executable is disposed. */
  readonly profilePrefix?: string;
}

/** Traces programs once, makes ONNX graphs of them, and lets ONNX Runtime execute these. */
export function createCompiledEngine(options: CompiledOptions): Engine {
  return {
    name: "compiled",
    threads: options.threads,
    versions: { "onnxruntime-node": ortVersion(), tfjs: tfVersion() },
    passes: options.passes ?? Object.keys(PASSES),
    compile: (program) => compile(program, options),
    findNonFinite: (program, inputs) => findNonFinite(program, inputs, options),
    allocate: allocateWasmMemory,
  };
}

async function compile(program: Program, options: CompiledOptions): Promise<Executable> {
  const started = performance.now();
  const graph = optimize(trace(program), options.passes);
  const model = lowerGraph(graph, program.name);
  const session = await createSession(model.bytes, options.threads, options.profilePrefix);
  const outputs: TensorSpecs = Object.fromEntries(
    [...graph.outputs].map(([name, value]) => [name, specOf(graph, value)]),
  );
  const inputTensors = new TensorViews(program.name, program.inputs);
  const outputTensors = new TensorViews(program.name, outputs);
  return {
    compileSeconds: (performance.now() - started) / 1000,
    run: async (inputs, into = {}) => {
      const results: Record<string, HostArray> = {};
      for (const [name, spec] of Object.entries(outputs)) {
        results[name] = into[name] ?? emptyArray(spec);
      }
      await session.run(inputTensors.of(model.inputs, inputs), outputTensors.of(model.outputs, results));
      return results;
    },
    dispose: () => session.dispose(),
  };
}

/** A slower model of the same graph, in which every float value is an output. */
async function findNonFinite(
  program: Program,
  inputs: HostTensors,
  options: CompiledOptions,
): Promise<string | null> {
  const { graph, firstNonFinite } = probeGraph(optimize(trace(program), options.passes));
  const model = lowerGraph(graph, `${program.name}-probe`);
  const session = await createSession(model.bytes, options.threads);
  const specs = Object.fromEntries([...graph.outputs].map(([name, value]) => [name, specOf(graph, value)]));
  const results = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, emptyArray(spec)]));
  await session.run(
    new TensorViews(program.name, program.inputs).of(model.inputs, inputs),
    new TensorViews(program.name, specs).of(model.outputs, results),
  );
  await session.dispose();
  return firstNonFinite(results);
}

type OrtTensor = ReturnType<typeof wrapTensor>;

/** Wraps the caller's arrays; wrappers are kept while the arrays stay the same. */
class TensorViews {
  private readonly program: string;
  private readonly specs: TensorSpecs;
  private readonly known = new Map<string, { array: HostArray; tensor: OrtTensor }>();

  constructor(program: string, specs: TensorSpecs) {
    this.program = program;
    this.specs = specs;
  }

  of(borders: readonly BorderTensor[], arrays: HostTensors): Map<string, OrtTensor> {
    const views = new Map<string, OrtTensor>();
    for (const { onnxName, name, shape, offset } of borders) {
      let view = this.known.get(onnxName);
      if (view === undefined || view.array !== arrays[name]) {
        const array = checkedArray(
          this.program,
          name,
          needed(this.program, name, this.specs[name]),
          arrays[name],
        );
        view = { array, tensor: wrapTensor(array.subarray(offset, offset + sizeOf(shape)), shape) };
        this.known.set(onnxName, view);
      }
      views.set(onnxName, view.tensor);
    }
    return views;
  }
}
