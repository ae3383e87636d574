import type { TensorSpec } from "../../core/axes.ts";
import type { Attributes, Constant, Graph, GraphNode } from "../graph.ts";
import { makeConstant } from "../graph.ts";
import { customOps } from "../ops/index.ts";
import { currentScope } from "../scope.ts";
import { tf, type Tfjs } from "../tf.ts";
import type { Program, Tensor, Tensors } from "../types.ts";
import { insteadOf } from "./instead.ts";
import { kernelRules } from "./kernel-rules.ts";

/** tfjs addresses data by object identity; ours remembers which value of the graph it is. */
interface TracedData {
  readonly value: number;
}

const BACKEND = "moe-lab-trace";

/** What is being recorded; one trace at a time, as tfjs has one engine a process. */
class Recording {
  readonly values: TensorSpec[] = [];
  readonly constants = new Map<number, Constant>();
  readonly nodes: GraphNode[] = [];

  add(spec: TensorSpec): TracedData {
    this.values.push(spec);
    return { value: this.values.length - 1 };
  }
}

let recording: Recording | undefined;

/** The recording under way. */
function current(): Recording {
  if (recording === undefined)
    throw new Error("a tfjs operation ran on the tracing backend outside of trace()");
  return recording;
}

/** A tfjs backend that computes nothing: constants are kept, reading values is refused. */
class TracingBackend extends tf.KernelBackend {
  override write(data: Tfjs.BackendValues, shape: number[], dtype: Tfjs.DataType): object {
    const type = asDType(dtype);
    const traced = current().add({ shape: [...shape], dtype: type });
    current().constants.set(traced.value, makeConstant(data as ArrayLike<number>, type));
    return traced;
  }
  override readSync(): never {
    throw new Error(
      "a program read a tensor's values (dataSync, arraySync, print), but it is traced once, without values; " +
        "keep the computation inside tfjs operations",
    );
  }
  override read(): never {
    return this.readSync();
  }
  override disposeData(): boolean {
    return true;
  }
  override incRef(): void {
    // Nothing is ever freed during a trace.
  }
  decRef(): void {
    // Nothing is ever freed during a trace.
  }
  override numDataIds(): number {
    return current().values.length;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
}

/** Records what a program does, without computing: a graph with fixed shapes. */
export function trace(program: Program): Graph {
  registerBackend();
  const before = tf.getBackend() as string | undefined; // undefined before the first one
  const active = new Recording();
  recording = active;
  useBackend(BACKEND);
  try {
    const inputs = new Map<string, number>();
    const outputs = new Map<string, number>();
    tf.tidy(() => {
      const tensors: Record<string, Tensor> = {};
      for (const [name, spec] of Object.entries(program.inputs)) {
        const data = active.add(spec);
        inputs.set(name, data.value);
        tensors[name] = tf
          .engine()
          .makeTensorFromTensorInfo({ dataId: data, shape: [...spec.shape], dtype: spec.dtype });
      }
      const results: Tensors = program.run(tensors);
      for (const [name, tensor] of Object.entries(results)) outputs.set(name, valueOf(tensor));
      tf.dispose(results); // a program may have kept them
    });
    return { values: active.values, constants: active.constants, nodes: active.nodes, inputs, outputs };
  } finally {
    recording = undefined;
    if (before !== undefined && before !== BACKEND) useBackend(before);
  }
}

/** Switches backends; without a pause for those that are made at once, as all of ours are. */
function useBackend(name: string): void {
  void tf.setBackend(name);
}

function valueOf(info: Tfjs.TensorInfo): number {
  return (info.dataId as TracedData).value;
}

let registered = false;

function registerBackend(): void {
  if (registered) return;
  registered = true;
  tf.registerBackend(BACKEND, () => new TracingBackend(), 0);
  const rules = new Map(Object.entries(kernelRules));
  for (const op of customOps) {
    rules.set(op.name, { inputs: op.inputs, outputs: (inputs, attrs) => op.outputs(inputs, attrs) });
  }
  // Every kernel that tfjs knows is registered, so that an unknown one says where to add it.
  for (const { kernelName } of tf.getKernelsForBackend("cpu")) {
    if (!rules.has(kernelName))
      rules.set(kernelName, { inputs: [], outputs: () => unknownKernel(kernelName) });
  }
  for (const [kernelName, rule] of rules) {
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: ({ inputs, attrs }) => {
        const active = current();
        const named = inputs as Record<string, Tfjs.TensorInfo | undefined>;
        const names = rule.inputs === "all" ? Object.keys(named) : rule.inputs;
        const given = names.map((name) => named[name]).filter((info) => info !== undefined);
        const specs = given.map((info) => ({ shape: [...info.shape], dtype: asDType(info.dtype) }));
        const attributes = (attrs ?? {}) as unknown as Attributes;
        const outputs = rule.outputs(specs, attributes).map((spec) => ({ spec, data: active.add(spec) }));
        active.nodes.push({
          kernel: kernelName,
          inputs: given.map(valueOf),
          attrs: { ...attributes },
          outputs: outputs.map(({ data }) => data.value),
          scope: currentScope(),
        });
        const infos = outputs.map(({ spec, data }) => ({
          dataId: data,
          shape: [...spec.shape],
          dtype: spec.dtype,
        }));
        const [only] = infos;
        return infos.length === 1 && only !== undefined ? only : infos;
      },
    });
  }
}

function unknownKernel(kernelName: string): never {
  const instead = insteadOf(kernelName) ?? "write the program with other operations";
  throw new Error(
    `the tracer does not know the tfjs kernel ${kernelName}: ${instead} (or add its shape rule to ` +
      `src/engine/trace/kernel-rules.ts and its ONNX form to src/engine/onnx/lowerings.ts)`,
  );
}

function asDType(dtype: string): TensorSpec["dtype"] {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new Error(`programs have float32, int32 and bool tensors, not ${dtype}`);
}
