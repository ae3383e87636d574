/** The value that a share of all lies below, nearest rank. */
export function quantile(values: readonly number[] | Float32Array, share: number): number {
  return values.toSorted()[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0;
}
