/**
 * Which expert of one model does the work of which of another: pairs by the tokens that both were given, the largest first, each expert once.
 * @param together [E, E] row-major, tokens of expert i of the one and j of the other.
 * @returns for each j its i.
 */
export function matchExperts(together: Float64Array, experts: number): Int32Array {
  const cells = Array.from(together, (tokens, cell) => ({ tokens, cell })).sort(
    (a, b) => b.tokens - a.tokens || a.cell - b.cell,
  );
  const match = new Int32Array(experts).fill(-1);
  const taken = new Set<number>();
  for (const { cell } of cells) {
    const [i, j] = [Math.floor(cell / experts), cell % experts];
    if (match[j] !== -1 || taken.has(i)) continue;
    match[j] = i;
    taken.add(i);
  }
  return match;
}
