import type { Emitter } from "./emitter.ts";

/** Above this depth the identity matrix would be larger than what it saves. */
const LARGEST_TABLE = 512;

/**
 * Rows of the identity matrix, float32: ONNX Runtime copies a row in a tenth of the time that its OneHot takes.
 * @param ids ONNX name of [..] int64; one that is negative or too large gives zeros, as in tfjs
 * @returns [.., depth]
 */
export function oneHotRows(emitter: Emitter, ids: string, depth: number): string {
  if (depth > LARGEST_TABLE) {
    // ONNX would count negative ones from the end.
    const isNegative = emitter.node("Less", [ids, emitter.ints(0)]);
    const known = emitter.node("Where", [isNegative, emitter.ints(depth), ids]);
    return emitter.node("OneHot", [known, emitter.ints(depth), emitter.floats([0, 1])], {
      axis: { int: -1 },
    });
  }
  // Two rows of zeros below: the first for ids that are too large, the last, number -1, for negative ones.
  const table = new Array<number>((depth + 2) * depth).fill(0);
  for (let i = 0; i < depth; i++) table[i * depth + i] = 1;
  const known = emitter.node("Clip", [ids, emitter.ints(-1), emitter.ints(depth)]);
  return emitter.node("Gather", [emitter.floats(table, [depth + 2, depth]), known], { axis: { int: 0 } });
}
