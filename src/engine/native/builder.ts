import { sizeOf, type TensorSpec } from "../../core/axes.ts";
import { type Graph, type GraphNode, specOf } from "../graph.ts";
import { needed } from "../ops/define.ts";
import type { Draft, DraftOperand, Encoded } from "./drafts.ts";
import { INSTRUCTIONS, type InstructionName, type OpName } from "./kinds.ts";
import { draftOfProgram } from "./row-programs.ts";
import { denseView, isDense, transposed, type View } from "./views.ts";

/** Numbers that a plan brings along. Integers are there by their bits. */
export interface ConstantPool {
  readonly data: number[];
  readonly offsets: Map<number, number>;
}

/** What the forms of kernels write into: views of values, drafts in order, constants. */
export class Builder {
  readonly graph: Graph;
  /** In how many slices the tokens come. */
  readonly slices: number;
  readonly drafts: Draft[] = [];
  /** Elements of each root that operations write. */
  readonly sizes = new Map<number, number>();
  /** Elements of the roots that none writes: inputs and constants. */
  readonly givenSizes = new Map<number, number>();
  readonly constants: ConstantPool = { data: [], offsets: new Map() };
  private readonly views = new Map<number, View>();
  private readonly scalars = new Map<string, View>();
  private nextRoot: number;
  /** Values that a transpose of heads and positions reads: they are best stored in its order. */
  private readonly headsLast: ReadonlySet<number>;
  private node: GraphNode | undefined;

  constructor(graph: Graph, slices: number) {
    this.graph = graph;
    this.slices = slices;
    this.nextRoot = graph.values.length;
    this.headsLast = new Set(
      graph.nodes.flatMap(({ kernel, inputs, attrs }) =>
        kernel === "Transpose" && String(attrs["perm"]) === "0,2,1,3" ? inputs : [],
      ),
    );
    for (const value of graph.inputs.values()) {
      this.views.set(value, denseView(value, this.spec(value).shape));
      this.givenSizes.set(value, sizeOf(this.spec(value).shape));
    }
  }

  /** The node whose form is being written, for labels. */
  begin(node: GraphNode): void {
    this.node = node;
  }

  spec(value: number): TensorSpec {
    return specOf(this.graph, value);
  }

  /** Where a value lies. */
  view(value: number): View {
    const known = this.views.get(value);
    if (known !== undefined) return known;
    const { shape, dtype } = this.spec(value);
    const constant = this.graph.constants.get(value);
    if (constant === undefined) throw new Error(`value ${value} is used before it is made`);
    const made =
      constant.kind === "uniform"
        ? { ...this.scalar(constant.value, dtype !== "float32"), shape, strides: shape.map(() => 0) }
        : this.constantArray(constant.data, shape);
    this.views.set(value, made);
    return made;
  }

  /** A value as rows without gaps, copied where it does not lie so. */
  dense(value: number): View {
    return this.denseOf(this.view(value));
  }

  denseOf(view: View): View {
    return isDense(view) ? view : this.copied(view);
  }

  /** A view whose last axis lies without gaps, copied where it does not. */
  denseLast(view: View): View {
    const last = view.shape.length - 1;
    return view.shape[last] === 1 || view.strides[last] === 1 ? view : this.copied(view);
  }

  copied(view: View): View {
    const copy = this.fresh(view.shape);
    this.copy(view, copy);
    return copy;
  }

  copy(from: View, to: View): void {
    this.program([from], to, "copy");
  }

  /** Says that a value is a window on what is there already. */
  alias(value: number, view: View): void {
    this.views.set(value, view);
  }

  /** Storage for a value; rank 4 ones that are transposed next are stored in that order. */
  create(value: number, mayPermute = false): View {
    const { shape } = this.spec(value);
    this.sizes.set(value, sizeOf(shape));
    const permutes = mayPermute && shape.length === 4 && this.headsLast.has(value);
    const view = permutes
      ? transposed(
          denseView(
            value,
            [0, 2, 1, 3].map((axis) => shape[axis] ?? 1),
          ),
          [0, 2, 1, 3],
        )
      : denseView(value, shape);
    this.views.set(value, view);
    return view;
  }

  /** Storage for something between the values of the graph. */
  fresh(shape: readonly number[]): View {
    const root = this.nextRoot++;
    this.sizes.set(root, sizeOf(shape));
    return denseView(root, shape);
  }

  push(draft: NewDraft): void {
    this.drafts.push({ ...draft, program: null, ...this.place() });
  }

  /** One instruction on whole tensors that broadcast to the output. */
  program(inputs: readonly View[], output: View, instruction: InstructionName): void {
    const step = { instruction: INSTRUCTIONS.indexOf(instruction), from: inputs.map((_, index) => index) };
    const { label, scope } = this.place();
    this.drafts.push(
      draftOfProgram(
        { shape: output.shape, inputs, steps: [step], outputs: [{ register: inputs.length, view: output }] },
        label,
        scope,
      ),
    );
  }

  /** A number that stands still along any axis. */
  scalar(value: number, isInteger: boolean): View {
    const key = `${isInteger ? "i" : "f"}${Object.is(value, -0) ? "-0" : value}`;
    const known = this.scalars.get(key);
    if (known !== undefined) return known;
    const data = isInteger ? Int32Array.of(value) : Float32Array.of(value);
    const made = this.constantArray(data, []);
    this.scalars.set(key, made);
    return made;
  }

  constantArray(data: Float32Array | Int32Array, shape: readonly number[]): View {
    const root = this.nextRoot++;
    this.constants.offsets.set(root, this.constants.data.length);
    this.givenSizes.set(root, data.length);
    for (const bits of new Int32Array(data.buffer, data.byteOffset, data.length))
      this.constants.data.push(bits);
    while (this.constants.data.length % 16 !== 0) this.constants.data.push(0);
    return denseView(root, shape);
  }

  private place(): { label: string; scope: string } {
    return { label: this.node?.kernel ?? "output", scope: this.node?.scope ?? "" };
  }
}

/** Writes one kernel call as drafts, or says that its value is a window on another. */
export type Form = (builder: Builder, node: GraphNode) => void;

/** What a form says of an operation; labels are the builder's. */
export type NewDraft = Omit<Draft, "label" | "scope" | "program">;

/** A node's input. */
export function input(node: GraphNode, index = 0): number {
  return needed(node.kernel, index, node.inputs[index]);
}

/** A node's output. */
export function output(node: GraphNode, index = 0): number {
  return needed(node.kernel, index, node.outputs[index]);
}

/** The bits of a float. */
export function bitsOf(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0] ?? 0;
}

/** An operation that needs all of its operands, in one piece. */
export function wholeDraft(
  op: OpName,
  inputs: readonly View[],
  outputs: readonly View[],
  ints: readonly number[],
): NewDraft {
  return {
    op,
    operands: [
      ...inputs.map((view) => ({ view, writes: false, moves: false })),
      ...outputs.map((view) => ({ view, writes: true, moves: false })),
    ],
    lead: null,
    anyRows: false,
    counts: null,
    perExpert: null,
    parts: 1,
    workspace: 0,
    packed: 0,
    encode: () => ({ ints, floats: [] }),
  };
}

/** An operation that can be cut along the first axis of what moves. */
export function rowDraft(
  op: OpName,
  lead: number,
  operands: readonly DraftOperand[],
  encode: (lead: number) => Encoded,
): NewDraft {
  return {
    op,
    operands,
    lead,
    anyRows: false,
    counts: null,
    perExpert: null,
    parts: 1,
    workspace: 0,
    packed: 0,
    encode,
  };
}

/** An operand that is read block by block. */
export function moving(view: View): DraftOperand {
  return { view, writes: false, moves: true };
}

/** An operand that every block reads all of. */
export function whole(view: View): DraftOperand {
  return { view, writes: false, moves: false };
}

/** An operand that is written block by block. */
export function written(view: View): DraftOperand {
  return { view, writes: true, moves: true };
}
