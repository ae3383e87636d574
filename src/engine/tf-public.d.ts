/**
 * What the package declares as `tf` (the build puts it in the place of tf.d.ts): the operations that every engine has, on
 * types of its own. The declarations of tfjs do not pass a type check of libraries (they miss `Long`, and clash with the WebGPU types
 * of TypeScript's own DOM library). test/engine/tf-public.test.ts holds these against tfjs.
 */

/** Numbers where a tensor is wanted, nested as tfjs takes them. */
type Numbers = number | boolean | string | { readonly [index: number]: unknown };
type Type = "float32" | "int32" | "bool" | "complex64" | "string";

interface Tensor {
  readonly shape: number[];
  readonly dtype: Type;
  readonly rank: number;
  readonly size: number;
  /** With the engine tfjs-cpu, while you look for a mistake. */
  print(verbose?: boolean): void;
}

type Input = Tensor | Numbers;

/** Methods, since these are compared with tfjs's both ways. */
interface Operations {
  abs(x: Input): Tensor;
  add(a: Input, b: Input): Tensor;
  addN(tensors: Input[]): Tensor;
  all(x: Input, axis?: number | number[], keepDims?: boolean): Tensor;
  any(x: Input, axis?: number | number[], keepDims?: boolean): Tensor;
  cast(x: Input, dtype: "float32" | "int32" | "bool"): Tensor;
  clipByValue(x: Input, min: number, max: number): Tensor;
  concat(tensors: Input[], axis?: number): Tensor;
  cos(x: Input): Tensor;
  cumsum(x: Input, axis?: number, exclusive?: boolean, reverse?: boolean): Tensor;
  div(a: Input, b: Input): Tensor;
  equal(a: Input, b: Input): Tensor;
  erf(x: Input): Tensor;
  exp(x: Input): Tensor;
  expandDims(x: Input, axis?: number): Tensor;
  expm1(x: Input): Tensor;
  eye(rows: number, columns?: number): Tensor;
  fill(shape: number[], value: number, dtype?: "float32" | "int32"): Tensor;
  floor(x: Input): Tensor;
  floorDiv(a: Input, b: Input): Tensor;
  gather(x: Input, indices: Input, axis?: number): Tensor;
  greater(a: Input, b: Input): Tensor;
  greaterEqual(a: Input, b: Input): Tensor;
  less(a: Input, b: Input): Tensor;
  lessEqual(a: Input, b: Input): Tensor;
  log(x: Input): Tensor;
  log1p(x: Input): Tensor;
  logicalAnd(a: Input, b: Input): Tensor;
  logicalNot(x: Input): Tensor;
  logicalOr(a: Input, b: Input): Tensor;
  matMul(a: Input, b: Input, transposeA?: boolean, transposeB?: boolean): Tensor;
  max(x: Input, axis?: number | number[], keepDims?: boolean): Tensor;
  maximum(a: Input, b: Input): Tensor;
  mean(x: Input, axis?: number | number[], keepDims?: boolean): Tensor;
  min(x: Input, axis?: number | number[], keepDims?: boolean): Tensor;
  minimum(a: Input, b: Input): Tensor;
  mod(a: Input, b: Input): Tensor;
  mul(a: Input, b: Input): Tensor;
  neg(x: Input): Tensor;
  notEqual(a: Input, b: Input): Tensor;
  oneHot(indices: Input, depth: number, onValue?: number, offValue?: number, dtype?: Type): Tensor;
  ones(shape: number[], dtype?: "float32" | "int32"): Tensor;
  onesLike(x: Input): Tensor;
  pad(x: Input, paddings: [number, number][], constantValue?: number): Tensor;
  pow(base: Input, exponent: Input): Tensor;
  prod(x: Input, axis?: number | number[], keepDims?: boolean): Tensor;
  reciprocal(x: Input): Tensor;
  relu(x: Input): Tensor;
  reshape(x: Input, shape: number[]): Tensor;
  rsqrt(x: Input): Tensor;
  scalar(value: number | boolean, dtype?: "float32" | "int32" | "bool"): Tensor;
  sigmoid(x: Input): Tensor;
  sign(x: Input): Tensor;
  sin(x: Input): Tensor;
  slice(x: Input, begin: number | number[], size?: number | number[]): Tensor;
  softmax(logits: Input, dim?: number): Tensor;
  softplus(x: Input): Tensor;
  split(x: Input, numOrSizes: number | number[], axis?: number): Tensor[];
  sqrt(x: Input): Tensor;
  square(x: Input): Tensor;
  squaredDifference(a: Input, b: Input): Tensor;
  squeeze(x: Input, axis?: number[]): Tensor;
  stack(tensors: Input[], axis?: number): Tensor;
  sub(a: Input, b: Input): Tensor;
  sum(x: Input, axis?: number | number[], keepDims?: boolean): Tensor;
  tanh(x: Input): Tensor;
  tensor(
    values: number | number[] | number[][] | number[][][] | Float32Array | Int32Array,
    shape?: number[],
    dtype?: "float32" | "int32" | "bool",
  ): Tensor;
  tensor1d(values: number[] | Float32Array | Int32Array, dtype?: "float32" | "int32" | "bool"): Tensor;
  tensor2d(
    values: number[][] | number[] | Float32Array | Int32Array,
    shape?: [number, number],
    dtype?: "float32" | "int32" | "bool",
  ): Tensor;
  tile(x: Input, repetitions: number[]): Tensor;
  transpose(x: Input, permutation?: number[]): Tensor;
  unstack(x: Input, axis?: number): Tensor[];
  where(condition: Input, a: Input, b: Input): Tensor;
  zeros(shape: number[], dtype?: "float32" | "int32"): Tensor;
  zerosLike(x: Input): Tensor;
}

interface Detach {
  detach(x: Tensor): Tensor;
}

export declare const tf: Operations;
export declare namespace tf {
  export type { Tensor };
}
/** The types alone: what other declarations of the package mean by a tensor. */
export declare namespace Tfjs {
  export type { Tensor };
}

/** The same numbers without history: gradients do not flow through. */
export declare const detach: Detach["detach"];
