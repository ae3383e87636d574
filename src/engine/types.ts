import type { TensorSpecs } from "../core/axes.ts";
import type { Tfjs } from "./tf.ts";

/** A tensor of tfjs, whichever engine runs it. */
export type Tensor = Tfjs.Tensor;

/** Named tensors inside a program. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** Host numbers of named tensors. */
export type HostArray = Float32Array | Int32Array;
export type HostTensors = Readonly<Record<string, HostArray>>;

/**
 * A pure function from named tensors to named tensors, made of tfjs operations and those of engine/ops.
 * Shapes are fixed; the body must not depend on values (no dataSync), since it may be traced once.
 */
export interface Program {
  readonly name: string;
  readonly inputs: TensorSpecs;
  readonly run: (inputs: Tensors) => Tensors;
}

/** A program that an engine has made ready. Not reentrant. */
export interface Executable {
  /**
   * Runs once. Inputs are read from, and outputs written into, the given arrays; outputs without an array are
   * returned in fresh ones.
   */
  run(inputs: HostTensors, into?: HostTensors): Promise<HostTensors>;
  /** Seconds that tracing and compiling took. */
  readonly compileSeconds: number;
  dispose(): Promise<void>;
}

/** AdamW (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2), over a parameter memory. */
export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly clipNorm: number | null;
  /** Names of parameters without weight decay. */
  readonly undecayed: ReadonlySet<string>;
  /** Parameters with a learning rate and a weight decay of their own, by name; none where it is left out. */
  readonly apart?: ReadonlyMap<string, { readonly learningRateScale: number; readonly weightDecay: number }>;
}

/** Parameters, gradients and moments side by side in memory that the engine owns. */
export interface TrainingMemory {
  readonly parameters: Record<string, Float32Array>;
  readonly gradients: Record<string, Float32Array>;
  readonly firstMoments: Record<string, Float32Array>;
  readonly secondMoments: Record<string, Float32Array>;
  /**
   * Clips the gradients by their global norm and takes one AdamW step in place.
   * @param step 1-based, for the bias correction.
   * @returns the global gradient norm before clipping; where it is not finite, nothing was changed.
   */
  adamw(step: number, learningRate: number, options: AdamWOptions): number;
}

export type EngineName = "native" | "compiled" | "tfjs-node" | "tfjs-cpu";

/** An engine by name, or the fastest that works here. */
export type EngineChoice = EngineName | "auto";

/** Something that runs programs. One engine a process: tfjs keeps its backends in globals. */
export interface Engine {
  readonly name: EngineName;
  readonly threads: number;
  /** Names and versions of what computes, for provenance. */
  readonly versions: Readonly<Record<string, string>>;
  /** What would make it faster here, in a sentence for the user; absent where nothing is known to. */
  readonly advice?: string;
  /** Names of the graph passes that run; none when eager. */
  readonly passes: readonly string[];
  compile(program: Program): Promise<Executable>;
  /**
   * Runs a program once more with its intermediate values exposed and describes the first that is not finite; null when
   * all are.
   */
  findNonFinite(program: Program, inputs: HostTensors): Promise<string | null>;
  allocate(parameters: TensorSpecs): TrainingMemory;
}
