/**
 * Holm's step-down correction: adjusted p-values that hold the chance of any false positive in the family at alpha.
 * A null (no test was possible) stays null and does not count as a comparison.
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  const order = pValues
    .flatMap((p, index) => (p === null ? [] : [{ p, index }]))
    .sort((a, b) => a.p - b.p || a.index - b.index);
  const adjusted: (number | null)[] = pValues.map(() => null);
  let running = 0;
  order.forEach(({ p, index }, rank) => {
    running = Math.max(running, Math.min(1, (order.length - rank) * p));
    adjusted[index] = running;
  });
  return adjusted;
}

/**
 * The level that each p-value is held against by Holm, given all the others: p is rejected when it is at or below it. It is
 * alpha / (m - j) in a family of m, where j of the others, taken in order, are rejected before it can fail.
 * @returns null where there is no p-value.
 */
export function holmLevels(pValues: readonly (number | null)[], alpha: number): (number | null)[] {
  const m = pValues.filter((p) => p !== null).length;
  return pValues.map((p, index) => {
    if (p === null) return null;
    const others = pValues.filter((other, i) => i !== index && other !== null) as number[];
    others.sort((a, b) => a - b);
    const failing = others.findIndex((other, rank) => other > alpha / (m - rank));
    return alpha / (m - (failing === -1 ? others.length : failing));
  });
}
