/**
 * The axis letters used in names, shape comments and errors everywhere:
 * B sequences, T positions, S = B*T tokens, D width, H heads, E experts, K experts a token,
 * C tokens an expert, F expert width, V vocabulary, L layers, R rows of an assignment list (S*K or E*C).
 */

/** Number types a tensor of a program may have. */
export type DType = "float32" | "int32" | "bool";

/** Shape and number type of a named tensor. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Named tensor specs; insertion order is meaningful (memory layout, files). */
export type TensorSpecs = Readonly<Record<string, TensorSpec>>;

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/**
 * Checks a shape at a module border.
 * @throws Error naming the tensor, the shape found and the shape wanted (a bug of the caller).
 */
export function assertShape(name: string, found: readonly number[], wanted: readonly number[]): void {
  if (found.length !== wanted.length || found.some((extent, axis) => extent !== wanted[axis])) {
    throw new Error(`${name} has shape [${found.join(", ")}], expected [${wanted.join(", ")}]`);
  }
}
