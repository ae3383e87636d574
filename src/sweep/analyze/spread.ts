/** So many of the numbers 0 to n - 1, spread evenly; all where there are fewer. */
export function spread(n: number, wanted: number): readonly number[] {
  const count = Math.min(n, wanted);
  return Array.from({ length: count }, (_, i) => Math.floor((i * n) / count));
}
