/** Graphs written by hand, and running them: on the compiled engine's own path, or a program on both engines. */
import { expect } from "vitest";
import { type DType, sizeOf, type TensorSpec, type TensorSpecs } from "../../src/core/axes.ts";
import { streamOf } from "../../src/core/streams.ts";
import { createCompiledEngine } from "../../src/engine/compiled.ts";
import {
  type Attributes,
  type Constant,
  type Graph,
  type GraphNode,
  printGraph,
} from "../../src/engine/graph.ts";
import { lowerGraph } from "../../src/engine/onnx/lower.ts";
import { createSession, wrapTensor } from "../../src/engine/ort.ts";
import type { Engine, HostArray, HostTensors, Program, Tensor } from "../../src/engine/types.ts";
import { nativeApi, nativeEngine } from "./native-engine.ts";

/** Writes a graph call by call. Every method returns the number of the value it makes. */
export class GraphBuilder {
  private readonly values: TensorSpec[] = [];
  private readonly constants = new Map<number, Constant>();
  private readonly nodes: GraphNode[] = [];
  private readonly inputs = new Map<string, number>();

  input(name: string, shape: readonly number[], dtype: DType = "float32"): number {
    const value = this.value(shape, dtype);
    this.inputs.set(name, value);
    return value;
  }

  uniform(number: number, shape: readonly number[] = [], dtype: DType = "float32"): number {
    const value = this.value(shape, dtype);
    this.constants.set(value, { kind: "uniform", value: number });
    return value;
  }

  array(data: Float32Array | Int32Array, shape: readonly number[]): number {
    const value = this.value(shape, data instanceof Float32Array ? "float32" : "int32");
    this.constants.set(value, { kind: "array", data });
    return value;
  }

  call(
    kernel: string,
    inputs: readonly number[],
    shape: readonly number[],
    attrs: Attributes = {},
    dtype: DType = "float32",
  ): number {
    const value = this.value(shape, dtype);
    this.nodes.push({ kernel, inputs, attrs, outputs: [value] });
    return value;
  }

  /** A call with several outputs. */
  calls(
    kernel: string,
    inputs: readonly number[],
    specs: readonly TensorSpec[],
    attrs: Attributes,
  ): number[] {
    const outputs = specs.map(({ shape, dtype }) => this.value(shape, dtype));
    this.nodes.push({ kernel, inputs, attrs, outputs });
    return outputs;
  }

  graph(outputs: Readonly<Record<string, number>>): Graph {
    const { values, constants, nodes, inputs } = this;
    return { values, constants, nodes, inputs, outputs: new Map(Object.entries(outputs)) };
  }

  private value(shape: readonly number[], dtype: DType): number {
    this.values.push({ shape, dtype });
    return this.values.length - 1;
  }
}

/** The nodes of a graph as text, one a line. */
export function nodesOf(graph: Graph): string[] {
  return graph.nodes.length === 0 ? [] : printGraph(graph).split("\n");
}

/** Lowers a graph, runs it in ONNX Runtime with random inputs (equal for equal specs) and returns its outputs. */
async function runGraph(graph: Graph): Promise<Record<string, HostArray>> {
  const specs = Object.fromEntries([...graph.inputs].map(([name, value]) => [name, graph.values[value]!]));
  const feeds = randomFeeds(specs, 1);
  const model = lowerGraph(graph, "test");
  const session = await createSession(model.bytes, 1);
  const results = Object.fromEntries(
    [...graph.outputs].map(([name, value]) => [name, emptyArray(graph.values[value]!)]),
  );
  const view = (
    arrays: HostTensors,
    borders: typeof model.inputs,
  ): Map<string, ReturnType<typeof wrapTensor>> =>
    new Map(
      borders.map(({ onnxName, name, offset, shape }) => [
        onnxName,
        wrapTensor(arrays[name]!.subarray(offset, offset + sizeOf(shape)), shape),
      ]),
    );
  await session.run(view(feeds, model.inputs), view(results, model.outputs));
  await session.dispose();
  return results;
}

/** Random host arrays: normals, integers 0 to 2, or truth values. */
export function randomFeeds(specs: TensorSpecs, seed: number): Record<string, HostArray> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, dtype }]) => {
      const stream = streamOf(seed, "test-graph", name);
      const array = emptyArray({ shape, dtype });
      const draw = (): number =>
        dtype === "float32" ? stream.normal() : stream.integer(dtype === "bool" ? 2 : 3);
      return [name, array.map(draw)];
    }),
  );
}

/** A program out of a function of its tensors in order; `out` or `out0`, `out1`, ... are its outputs. */
export function programOf(
  inputs: TensorSpecs,
  body: (...tensors: Tensor[]) => Tensor | readonly Tensor[],
  name = "test",
): Program {
  return {
    name,
    inputs,
    run: (tensors) => {
      const result = body(...Object.keys(inputs).map((input) => tensors[input]!));
      return Array.isArray(result)
        ? Object.fromEntries((result as Tensor[]).map((tensor, index) => [`out${index}`, tensor]))
        : { out: result as Tensor };
    },
  };
}

/** Compiles, runs once, disposes. */
export async function runOnce(engine: Engine, program: Program, feeds: HostTensors): Promise<HostTensors> {
  const executable = await engine.compile(program);
  try {
    return await executable.run(feeds);
  } finally {
    await executable.dispose();
  }
}

/** The engines that trace, with one thread, with all passes and with none; the native ones where the library is there. */
export const compiledEngines = {
  simplified: createCompiledEngine({ threads: 1 }),
  "as traced": createCompiledEngine({ threads: 1, passes: [] }),
  ...(nativeApi === null ? {} : { native: nativeEngine(), "native as traced": nativeEngine({ passes: [] }) }),
} as const;

function emptyArray({ shape, dtype }: TensorSpec): HostArray {
  return dtype === "float32" ? new Float32Array(sizeOf(shape)) : new Int32Array(sizeOf(shape));
}

/** Both graphs, lowered and run with the same random inputs, give the same numbers (to rounding). */
export async function expectSameNumbers(before: Graph, after: Graph): Promise<void> {
  const [expected, found] = [await runGraph(before), await runGraph(after)];
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) {
    expect(values.length, name).toBeGreaterThan(0);
    values.forEach((value, index) => {
      const other = found[name]?.[index] ?? Number.NaN;
      if (Object.is(other, value)) return;
      expect(Math.abs(other - value), `${name}[${index}]: ${other} instead of ${value}`).toBeLessThan(
        1e-6 * Math.max(1, Math.abs(value)),
      );
    });
  }
}
