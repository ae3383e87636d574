/** Spacing of float32 at 1, in which the matrices were computed. */
const EPSILON = 2 ** -23;
const MOST_SWEEPS = 60;

/**
 * Ranks of a matrix. Numerical: singular values above max(rows, columns) * 2^-23 times the largest (numpy's rule for float32).
 * Effective: the participation ratio of the squared singular values, (sum s^2)^2 / sum s^4: 1 for rank 1, r for r equal ones. Zero has rank 0.
 * @param values row-major
 */
export function matrixRanks(
  values: ArrayLike<number>,
  columns: number,
): { readonly rank: number; readonly effective: number } {
  const singular = singularValues(values, columns);
  const largest = singular[0] ?? 0;
  if (largest === 0) return { rank: 0, effective: 0 };
  const rows = values.length / columns;
  const least = largest * Math.max(rows, columns) * EPSILON;
  const powers = singular.map((s) => (s / largest) ** 2);
  const squares = powers.reduce((sum, p) => sum + p, 0);
  return {
    rank: singular.filter((s) => s > least).length,
    effective: squares ** 2 / powers.reduce((sum, p) => sum + p * p, 0),
  };
}

/**
 * Singular values, the largest first, by one-sided Jacobi rotations (Hestenes 1958): columns are turned pair by pair until all are orthogonal; their
 * lengths are the values.
 * @param values row-major
 */
function singularValues(values: ArrayLike<number>, columns: number): number[] {
  const rows = values.length / columns;
  const vectors = Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: rows }, (__, i) => values[i * columns + j] ?? 0),
  );
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let isTurned = false;
    for (let i = 0; i < columns; i++) {
      for (let j = i + 1; j < columns; j++) {
        const [a, b] = [vectors[i], vectors[j]];
        if (a !== undefined && b !== undefined && makeOrthogonal(a, b)) isTurned = true;
      }
    }
    if (!isTurned) break;
  }
  return vectors.map((vector) => Math.sqrt(dot(vector, vector))).sort((x, y) => y - x);
}

/** Turns two columns in their plane, in place. @returns whether they needed it. */
function makeOrthogonal(a: Float64Array, b: Float64Array): boolean {
  const [aa, bb, ab] = [dot(a, a), dot(b, b), dot(a, b)];
  if (Math.abs(ab) <= 1e-15 * Math.sqrt(aa * bb)) return false;
  const ratio = (bb - aa) / (2 * ab);
  const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(1 + ratio * ratio));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = cosine * tangent;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    a[i] = cosine * x - sine * y;
    b[i] = sine * x + cosine * y;
  }
  return true;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
