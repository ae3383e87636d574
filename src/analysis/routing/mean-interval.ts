import { studentTQuantile } from "../student-t.ts";

/** Mean of values, and half of its 95 % t-interval; null of a single one. */
export function meanInterval(values: readonly number[]): {
  readonly mean: number;
  readonly halfWidth: number | null;
} {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, halfWidth: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, halfWidth: studentTQuantile(0.975, n - 1) * Math.sqrt(variance / n) };
}
