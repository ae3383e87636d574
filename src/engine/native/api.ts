/**
 * The functions of native/api.h. Arrays are handed over as they are, without a copy. Threads are started once for each number that
 * is asked for, sleep between calls, and change no number.
 */
export interface NativeApi {
  /** Hash of the sources, compiler, instruction sets contained. */
  readonly build: () => string;
  /** The instruction set in use. */
  readonly isa: () => string;
  /** Whether the instruction set is there; it is then used by plans made from now on. */
  readonly useIsa: (name: string) => boolean;
  /** Where an array lies. It stays there as long as it is reachable. */
  readonly address: (array: Float32Array | Int32Array) => bigint;
  /** @returns a handle, or null where the words are no plan or there is no memory */
  readonly createPlan: (words: Int32Array, constants: Int32Array, threads: number) => NativePlan | null;
  readonly sumOfSquares: (x: Float32Array, threads: number) => number;
  /**
   * One step of AdamW in place over arrays of equal length.
   * @param factors clip, beta1, 1 - beta1, beta2, 1 - beta2, root of the second correction, eps, step size, decay
   */
  readonly adamw: (
    arrays: {
      readonly parameter: Float32Array;
      readonly gradient: Float32Array;
      readonly first: Float32Array;
      readonly second: Float32Array;
    },
    factors: Float32Array,
    threads: number,
  ) => void;
  /** GFLOP/s of multiplies of 128 x 128 matrices, for about so many seconds. */
  readonly speed: (seconds: number) => number;
}

/** A plan that the library has read. */
interface NativePlan {
  /** @param pointers addresses of the plan's external arrays, in order */
  readonly run: (pointers: BigUint64Array) => void;
  readonly destroy: () => void;
}
