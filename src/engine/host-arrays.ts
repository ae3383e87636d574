import { sizeOf, type TensorSpec } from "../core/axes.ts";
import type { HostArray } from "./types.ts";

/** A fresh array for a tensor; truth values are integers outside of programs. */
export function emptyArray({ shape, dtype }: TensorSpec): HostArray {
  return dtype === "float32" ? new Float32Array(sizeOf(shape)) : new Int32Array(sizeOf(shape));
}

/**
 * The array that the caller gave for a tensor of a program.
 * @throws Error when there is none, or one of another type or length than the tensor's.
 */
export function checkedArray(
  program: string,
  name: string,
  { shape, dtype }: TensorSpec,
  array: HostArray | undefined,
): HostArray {
  if (array === undefined) throw new Error(`${program}: no array for ${name}`);
  const wanted = dtype === "float32" ? "Float32Array" : "Int32Array";
  if (array.constructor.name !== wanted || array.length !== sizeOf(shape)) {
    throw new Error(
      `${program}: the array for ${name} is a ${array.constructor.name} of ${array.length}; ` +
        `${dtype} [${shape.join(", ")}] wants a ${wanted} of ${sizeOf(shape)}`,
    );
  }
  return array;
}
