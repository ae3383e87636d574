import type { TensorSpecs } from "../../core/axes.ts";
import { tfVersion } from "../eager.ts";
import { type Graph, specOf } from "../graph.ts";
import { checkedArray, emptyArray } from "../host-arrays.ts";
import { probeGraph } from "../probe.ts";
import { optimize, PASSES } from "../passes/index.ts";
import { trace } from "../trace/tracer.ts";
import type { Engine, Executable, HostArray, HostTensors, Program } from "../types.ts";
import type { NativeApi } from "./api.ts";
import { encodePlan } from "./encode.ts";
import { allocateNativeMemory } from "./memory.ts";
import { kernelsWithoutForm, makePlan, type Plan } from "./plan.ts";

/** Settings of the native engine. */
export interface NativeOptions {
  readonly api: NativeApi;
  readonly threads: number;
  /** Names of the graph passes that run; all by default. */
  readonly passes?: readonly string[] | undefined;
  /** Makes what runs a program with a kernel that has no native form. */
  readonly fallback: () => Promise<Engine>;
  /** Is told which kernels of a program these are. */
  readonly onFallback?: (kernels: readonly string[]) => void;
}

/** Traces programs once, makes plans of them, and lets the C library execute these. */
export function createNativeEngine(options: NativeOptions): Engine {
  const { api, threads, fallback } = options;
  return {
    name: "native",
    threads,
    versions: { native: `${api.build()}, ${api.isa()}`, tfjs: tfVersion() },
    passes: options.passes ?? Object.keys(PASSES),
    compile: async (program) => {
      const started = performance.now();
      const graph = optimize(trace(program), options.passes);
      const missing = kernelsWithoutForm(graph);
      if (missing.length > 0) {
        options.onFallback?.(missing);
        return (await fallback()).compile(program);
      }
      return execute(program, graph, { api, threads, started });
    },
    findNonFinite: async (program, inputs) => {
      const graph = optimize(trace(program), options.passes);
      if (kernelsWithoutForm(graph).length > 0) return (await fallback()).findNonFinite(program, inputs);
      const probe = probeGraph(graph);
      const executable = execute(program, probe.graph, { api, threads, started: performance.now() });
      const results = await executable.run(inputs);
      await executable.dispose();
      return probe.firstNonFinite(results);
    },
    allocate: (parameters) => allocateNativeMemory({ api, threads }, parameters),
  };
}

function execute(
  program: Program,
  graph: Graph,
  { api, threads, started }: { readonly api: NativeApi; readonly threads: number; readonly started: number },
): Executable {
  const plan = makePlan(graph);
  const native = api.createPlan(encodePlan(plan), Int32Array.from(plan.constants), threads);
  if (native === null)
    throw new Error(`${program.name}: no memory for a plan of ${(plan.arena * 4) / 2 ** 20} MiB`);
  const outputs: TensorSpecs = Object.fromEntries(
    [...graph.outputs].map(([name, value]) => [name, specOf(graph, value)]),
  );
  const table = new PointerTable(program, outputs, { api, plan });
  let alive = true;
  return {
    compileSeconds: (performance.now() - started) / 1000,
    run: async (inputs, into = {}) => {
      const results: Record<string, HostArray> = {};
      for (const [name, spec] of Object.entries(outputs)) results[name] = into[name] ?? emptyArray(spec);
      // The call below blocks: whatever waits for this thread (a message to stop) has its turn here.
      await new Promise((resolve) => void setImmediate(resolve));
      native.run(table.fill(inputs, results));
      return results;
    },
    dispose: () => {
      if (alive) native.destroy();
      alive = false;
      return Promise.resolve();
    },
  };
}

/** Addresses of the caller's arrays, looked up again only where an array is another one than last time. */
class PointerTable {
  private readonly pointers: BigUint64Array;
  private readonly known: (HostArray | undefined)[] = [];
  private readonly program: Program;
  private readonly outputs: TensorSpecs;
  private readonly api: NativeApi;
  private readonly externals: Plan["externals"];

  constructor(
    program: Program,
    outputs: TensorSpecs,
    { api, plan }: { readonly api: NativeApi; readonly plan: Plan },
  ) {
    this.program = program;
    this.outputs = outputs;
    this.api = api;
    this.externals = plan.externals;
    this.pointers = new BigUint64Array(plan.externals.length);
  }

  fill(inputs: HostTensors, results: HostTensors): BigUint64Array {
    this.externals.forEach(({ direction, name }, index) => {
      const array = direction === "input" ? inputs[name] : results[name];
      if (array !== undefined && array === this.known[index]) return;
      const spec = (direction === "input" ? this.program.inputs : this.outputs)[name];
      if (spec === undefined) throw new Error(`${this.program.name}: no ${direction} ${name}`);
      const checked = checkedArray(this.program.name, name, spec, array);
      this.pointers[index] = this.api.address(checked);
      this.known[index] = checked;
    });
    return this.pointers;
  }
}
