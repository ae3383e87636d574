/** A closed range. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * The range of values with some room on both sides, so that no mark touches the frame.
 * @param values at least one; non-finite ones are ignored.
 * @param room share of the span, on each side; a span of zero gets 1 % of the value.
 */
export function paddedRange(values: readonly number[], room: number): Range {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return { min: 0, max: 1 };
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  const span = high > low ? (high - low) * room : Math.max(Math.abs(high) * 0.01, 1e-6);
  return { min: low - span, max: high + span };
}
