import { sizeOf, type TensorSpec } from "../../core/axes.ts";
import { constantData, type Graph, specOf, uniformOf } from "../graph.ts";
import { needed } from "../ops/define.ts";
import { customOps } from "../ops/index.ts";
import { type Cut, domainOf, type Emitter, type OnnxAttribute, type OnnxAttributes } from "../ops/emitter.ts";
import { elementType, type Lowering, lowerings } from "./lowerings.ts";
import {
  ATTRIBUTE,
  ELEMENT,
  encodeModel,
  type OnnxBorder,
  type OnnxInitializer,
  type OnnxNode,
} from "./proto.ts";

/** One tensor at the border of the ONNX model: a program's tensor, or one index of its first axis. */
export interface BorderTensor {
  readonly onnxName: string;
  /** The program's name for it. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Elements before it inside the program's tensor. */
  readonly offset: number;
}

/** A graph as an ONNX model. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  readonly inputs: readonly BorderTensor[];
  readonly outputs: readonly BorderTensor[];
  readonly nodeCount: number;
}

/** Writes a graph as an ONNX model. Inputs that nothing uses are left out. */
export function lowerGraph(graph: Graph, name: string): OnnxModel {
  const writer = new OnnxWriter(graph);
  const table: Record<string, Lowering> = { ...lowerings };
  for (const op of customOps) table[op.name] = op.lower;
  for (const node of graph.nodes) {
    const lowering = table[node.kernel];
    if (lowering === undefined) {
      throw new Error(`the kernel ${node.kernel} has no ONNX form: add it to src/engine/onnx/lowerings.ts`);
    }
    lowering(writer.emitter, node);
  }
  for (const [output, value] of graph.outputs) writer.output(output, value);
  return writer.finish(name);
}

class OnnxWriter {
  readonly emitter: Emitter;
  private readonly graph: Graph;
  private readonly nodes: OnnxNode[] = [];
  private readonly initializers = new Map<string, OnnxInitializer>();
  private readonly names = new Map<number, string>();
  private readonly full = new Map<number, string>();
  private readonly pieceNames = new Map<number, Map<Cut, readonly string[]>>();
  private readonly gathered = new Map<number, { readonly source: string; readonly index: number }>();
  /** Counts that leave rows at the end to nobody. */
  private readonly partial = new Set<number>();
  private readonly lazy = new Map<number, () => string>();
  private readonly written = new Map<string, string[]>();
  private readonly inputNames = new Map<number, string>();
  private readonly borders: { onnx: OnnxBorder; tensor: BorderTensor; direction: "input" | "output" }[] = [];
  private counter = 0;

  constructor(graph: Graph) {
    this.graph = graph;
    for (const [name, value] of graph.inputs) this.inputNames.set(value, name);
    this.emitter = {
      spec: (value) => specOf(graph, value),
      uniform: (value) => uniformOf(graph, value),
      use: (value) => this.use(value),
      useFull: (value) => this.useFull(value),
      pieces: (value, counts) => this.pieces(value, counts),
      hasPieces: (value, counts) => this.pieceNames.get(value)?.has(counts) ?? false,
      countsOf: (value) =>
        [...(this.pieceNames.get(value)?.keys() ?? [])].find((cut) => typeof cut === "number"),
      node: (type, inputs, attributes) => needed(type, "output", this.emit(type, inputs, 1, attributes)[0]),
      nodes: (type, inputs, outputs, attributes) => this.emit(type, inputs, outputs, attributes),
      ints: (values) => this.intConstant(values),
      floats: (values, shape) => this.floatConstant(values, shape),
      set: (value, name) => this.names.set(value, name),
      setGathered: (value, source, index) => this.gathered.set(value, { source, index }),
      setLazy: (value, make) => this.lazy.set(value, make),
      setPieces: (value, counts, names) => this.setPieces(value, counts, names),
      setPartial: (counts) => this.partial.add(counts),
      isPartial: (counts) => this.partial.has(counts),
    };
  }

  output(name: string, value: number): void {
    const { shape, dtype } = specOf(this.graph, value);
    const parts = this.pieceNames.get(value)?.get("each");
    if (parts !== undefined && !this.names.has(value)) {
      const size = sizeOf(shape.slice(1));
      parts.forEach((part, index) => {
        const onnxName = `out/${name}#${index}`;
        this.give(part, { onnxName, name, shape: shape.slice(1), offset: index * size }, dtype);
      });
      return;
    }
    const whole = this.useFull(value);
    const outside =
      dtype === "float32" ? whole : this.emitter.node("Cast", [whole], { to: { int: ELEMENT.int32 } });
    this.give(outside, { onnxName: `out/${name}`, name, shape, offset: 0 }, dtype);
  }

  finish(name: string): OnnxModel {
    const side = (direction: "input" | "output"): typeof this.borders =>
      this.borders.filter((border) => border.direction === direction);
    const bytes = encodeModel({
      name,
      nodes: this.nodes,
      initializers: [...this.initializers.values()],
      inputs: side("input").map(({ onnx }) => onnx),
      outputs: side("output").map(({ onnx }) => onnx),
    });
    return {
      bytes,
      inputs: side("input").map(({ tensor }) => tensor),
      outputs: side("output").map(({ tensor }) => tensor),
      nodeCount: this.nodes.length,
    };
  }

  private use(value: number): string {
    const known = this.names.get(value);
    if (known !== undefined) return known;
    const uniform = uniformOf(this.graph, value);
    if (uniform !== undefined) {
      return this.constant(value, [uniform], []);
    }
    return this.remember(value, this.whole(value));
  }

  private useFull(value: number): string {
    const { shape } = specOf(this.graph, value);
    const uniform = uniformOf(this.graph, value);
    if (uniform === undefined || this.names.has(value)) return this.use(value);
    const known = this.full.get(value);
    if (known !== undefined) return known;
    // Small ones as they are; large ones are spread out at run time rather than stored.
    const scalar = this.use(value);
    const name =
      shape.length === 0 ? scalar : this.emitter.node("Expand", [scalar, this.intConstant([...shape])]);
    this.full.set(value, name);
    return name;
  }

  /** A value that has no name yet: an input, a constant, or one made in pieces. */
  private whole(value: number): string {
    const { shape, dtype } = specOf(this.graph, value);
    const input = this.inputNames.get(value);
    if (input !== undefined) {
      const outside = `in/${input}`;
      this.border("input", { onnxName: outside, name: input, shape, offset: 0 }, dtype);
      return dtype === "float32"
        ? outside
        : this.emitter.node("Cast", [outside], { to: { int: elementType(dtype) } });
    }
    const constant = this.graph.constants.get(value);
    if (constant !== undefined) {
      return this.constant(value, Array.from(constantData(constant, shape)), shape);
    }
    const gathered = this.gathered.get(value);
    if (gathered !== undefined) return this.gather(gathered.source, this.use(gathered.index));
    const lazy = this.lazy.get(value);
    if (lazy !== undefined) return lazy();
    const pieces = this.pieceNames.get(value);
    const [counts, names] = [...(pieces ?? [])][0] ?? [];
    if (counts === undefined || names === undefined)
      throw new Error(`value ${value} is used before it is made`);
    const tail = typeof counts === "number" && this.partial.has(counts) ? [this.zeroRows(counts, shape)] : [];
    const joined = this.emitter.node("Concat", [...names, ...tail], { axis: { int: 0 } });
    return counts === "each" ? this.emitter.node("Reshape", [joined, this.intConstant([...shape])]) : joined;
  }

  private pieces(value: number, counts: Cut): readonly string[] {
    const known = this.pieceNames.get(value)?.get(counts);
    if (known !== undefined) return known;
    const { shape, dtype } = specOf(this.graph, value);
    const [length = 0] = shape;
    const input = this.inputNames.get(value);
    const gathered = this.gathered.get(value);
    let names: string[];
    if (counts === "each" && input !== undefined && dtype === "float32") {
      // Each expert's weights are a tensor of their own at the border: a view of the caller's memory, no copy.
      const size = sizeOf(shape.slice(1));
      names = Array.from({ length }, (_, index) => `in/${input}#${index}`);
      names.forEach((onnxName, index) => {
        this.border("input", { onnxName, name: input, shape: shape.slice(1), offset: index * size }, dtype);
      });
    } else if (typeof counts === "number" && gathered !== undefined && !this.names.has(value)) {
      names = this.pieces(gathered.index, counts).map((index) => this.gather(gathered.source, index));
    } else if (counts === "each") {
      const whole = this.useFull(value);
      names = Array.from({ length }, (_, index) =>
        this.emitter.node("Gather", [whole, this.intConstant(index)], { axis: { int: 0 } }),
      );
    } else if (counts === "query-blocks") {
      throw new Error(`value ${value} was not made by attention`);
    } else {
      const [groups = 0] = specOf(this.graph, counts).shape;
      const isPartial = this.partial.has(counts);
      const all = isPartial
        ? this.emitter.node("Concat", [this.use(counts), this.unclaimed(counts, length)], {
            axis: { int: 0 },
          })
        : this.use(counts);
      const parts = isPartial ? groups + 1 : groups;
      names = this.emit("Split", [this.useFull(value), all], parts, { axis: { int: 0 } }).slice(0, groups);
    }
    this.setPieces(value, counts, names);
    return names;
  }

  /** Rows behind those of all experts, of `length`: [1] int64. */
  private unclaimed(counts: number, length: number): string {
    const claimed = this.emitter.node("ReduceSum", [this.use(counts)], { keepdims: { int: 1 } });
    return this.emitter.node("Sub", [this.intConstant([length]), claimed]);
  }

  /** As many rows of zeros, of a value [R, ..]. */
  private zeroRows(counts: number, [length = 0, ...rest]: readonly number[]): string {
    const rows = this.unclaimed(counts, length);
    const shape = this.emitter.node("Concat", [rows, this.intConstant(rest)], { axis: { int: 0 } });
    return this.emitter.node("Expand", [this.floatConstant(0), shape]);
  }

  private gather(source: string, index: string): string {
    return this.emitter.node("Gather", [source, index], { axis: { int: 0 } });
  }

  private setPieces(value: number, counts: Cut, names: readonly string[]): void {
    const known = this.pieceNames.get(value) ?? new Map<Cut, readonly string[]>();
    known.set(counts, names);
    this.pieceNames.set(value, known);
  }

  /** Lets a tensor out. The output has a name of its own: one tensor may leave under two names, or be an input as well. */
  private give(made: string, tensor: BorderTensor, dtype: TensorSpec["dtype"]): void {
    const { onnxName } = tensor;
    this.nodes.push({
      input: [made],
      output: [onnxName],
      name: onnxName,
      opType: "Identity",
      domain: "",
      attribute: [],
    });
    this.border("output", tensor, dtype);
  }

  private border(direction: "input" | "output", tensor: BorderTensor, dtype: TensorSpec["dtype"]): void {
    // Integers and truth values are int32 outside.
    const elemType = dtype === "float32" ? ELEMENT.float32 : ELEMENT.int32;
    const { onnxName, shape } = tensor;
    this.borders.push({ direction, onnx: { name: onnxName, elemType, shape }, tensor });
  }

  private emit(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes: OnnxAttributes = {},
  ): string[] {
    const domain = domainOf(type);
    const key = `${domain}/${type}(${inputs.join()})${outputs}${JSON.stringify(attributes)}`;
    const known = this.written.get(key);
    if (known !== undefined) return known;
    const name = `${type}_${this.counter++}`;
    const made = Array.from({ length: outputs }, (_, index) => (outputs === 1 ? name : `${name}:${index}`));
    const attribute = Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value));
    this.nodes.push({ input: inputs, output: made, name, opType: type, domain, attribute });
    this.written.set(key, made);
    return made;
  }

  private constant(value: number, data: readonly number[], dims: readonly number[]): string {
    const { dtype } = specOf(this.graph, value);
    if (dtype === "float32") return this.floatConstant(data, dims);
    if (dtype === "bool") return this.initializer("b", dims, ELEMENT.bool, Uint8Array.from(data));
    return this.initializer("i", dims, ELEMENT.int64, int64Bytes(data));
  }

  private intConstant(values: readonly number[] | number): string {
    if (typeof values === "number") return this.initializer("i", [], ELEMENT.int64, int64Bytes([values]));
    return this.initializer("i", [values.length], ELEMENT.int64, int64Bytes(values));
  }

  private floatConstant(values: readonly number[] | number, shape?: readonly number[]): string {
    const list = typeof values === "number" ? [values] : values;
    const dims = shape ?? (typeof values === "number" ? [] : [list.length]);
    return this.initializer("f", dims, ELEMENT.float32, new Uint8Array(Float32Array.from(list).buffer));
  }

  /** Equal constants are stored once. */
  private initializer(kind: string, dims: readonly number[], dataType: number, rawData: Uint8Array): string {
    const key = `${kind}[${dims.join(",")}]${Buffer.from(rawData).toString("base64")}`;
    const known = this.initializers.get(key);
    if (known !== undefined) return known.name;
    const name = `constant_${this.initializers.size}`;
    this.initializers.set(key, { name, dims, dataType, rawData });
    return name;
  }

  private remember(value: number, name: string): string {
    this.names.set(value, name);
    return name;
  }
}

function int64Bytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
}

function encodeAttribute(name: string, value: OnnxAttribute): object {
  if ("int" in value) return { name, i: value.int, type: ATTRIBUTE.int };
  if ("float" in value) return { name, f: value.float, type: ATTRIBUTE.float };
  if ("ints" in value) return { name, ints: value.ints, type: ATTRIBUTE.ints };
  return { name, s: Buffer.from(value.text), type: ATTRIBUTE.text };
}
