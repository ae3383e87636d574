import type { TensorSpec } from "../../core/axes.ts";
import type { Attributes, GraphNode } from "../graph.ts";
import type { Emitter } from "./emitter.ts";
import { tf, type Tfjs } from "../tf.ts";
import type { Tensor } from "../types.ts";

/**
 * An operation that tfjs does not have, or that ONNX Runtime has a better kernel for: a tfjs kernel of our own with an
 * eager form, a gradient and an ONNX form. Lists of inputs and outputs are in the order of `inputs`.
 */
export interface Op {
  readonly name: string;
  /** Names of the inputs. */
  readonly inputs: readonly string[];
  /** Specs of the outputs. */
  readonly outputs: (inputs: readonly TensorSpec[], attrs: Attributes) => TensorSpec[];
  /** The definition, in tfjs operations or plain loops over the numbers. */
  readonly eager: (inputs: readonly Tensor[], attrs: Attributes) => Tensor[];
  /**
   * Gradients with respect to inputs by name, from those of the outputs; absent where nothing flows back.
   * `save` names the inputs and outputs that it needs.
   */
  readonly gradient?: {
    readonly saveInputs: readonly string[];
    readonly saveOutputs: readonly boolean[];
    readonly run: (
      dy: readonly Tensor[],
      saved: readonly Tensor[],
      attrs: Attributes,
    ) => Record<string, () => Tensor>;
  };
  /** The same in ONNX. */
  readonly lower: (emitter: Emitter, node: GraphNode) => void;
}

/** Registers an operation with tfjs (eager backends and gradient) and returns it. */
export function defineOp(op: Op): Op {
  for (const backendName of ["cpu", "tensorflow"]) {
    tf.registerKernel({
      kernelName: op.name,
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const named = inputs as Record<string, Tensor>;
        const given = op.inputs.map((name) => needed(op.name, name, named[name]));
        return tf.tidy(() => op.eager(given, attrs as unknown as Attributes));
      },
    });
  }
  const { gradient } = op;
  if (gradient !== undefined) {
    tf.registerGradient({
      kernelName: op.name,
      inputsToSave: [...gradient.saveInputs],
      outputsToSave: [...gradient.saveOutputs],
      gradFunc: (dy, saved, attrs) => gradient.run(Array.isArray(dy) ? dy : [dy], saved, attrs),
    });
  }
  return op;
}

/** Calls an operation inside a program. */
export function callOp(op: Op, inputs: readonly Tensor[], attrs: Attributes = {}): Tensor[] {
  const named = Object.fromEntries(
    op.inputs.map((name, index) => [name, needed(op.name, name, inputs[index])]),
  );
  const result: unknown = tf.engine().runKernel(op.name, named, attrs as unknown as Tfjs.NamedAttrMap);
  return Array.isArray(result) ? (result as Tensor[]) : [result as Tensor];
}

/** Calls an operation with a single output. */
export function callOp1(op: Op, inputs: readonly Tensor[], attrs: Attributes = {}): Tensor {
  const [output] = callOp(op, inputs, attrs);
  if (output === undefined) throw new Error(`${op.name} gave no output`);
  return output;
}

/** An input or output that must be there. */
export function needed<T>(op: string, name: string | number, item: T | undefined): T {
  if (item === undefined) throw new Error(`${op}: no ${name}`);
  return item;
}
