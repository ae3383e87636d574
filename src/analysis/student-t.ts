import { incompleteBeta, logBeta } from "./special-functions.ts";

/** P(T > t) for t >= 0. */
function upperTail(t: number, df: number): number {
  const square = t * t;
  if (square === Infinity) return 0;
  return 0.5 * incompleteBeta(df / (df + square), df / 2, 0.5, square / (df + square));
}

/**
 * Distribution function of Student's t, P(T <= t).
 * @param df degrees of freedom, > 0.
 */
export function studentTCdf(t: number, df: number): number {
  return t < 0 ? upperTail(-t, df) : 1 - upperTail(t, df);
}

/** P(|T| > |t|), the two-sided p-value, without cancellation for large |t|. */
export function studentTTwoSided(t: number, df: number): number {
  return 2 * upperTail(Math.abs(t), df);
}

/** Quantiles found so far: tables and plans ask for the same few again and again. */
const KNOWN = new Map<string, number>();

/**
 * Quantile of Student's t: the t with P(T <= t) = p.
 * @param p probability, 0 to 1.
 * @param df degrees of freedom, > 0.
 */
export function studentTQuantile(p: number, df: number): number {
  if (!(p >= 0 && p <= 1 && df > 0)) throw new Error(`studentTQuantile(${p}, ${df}) is not defined`);
  if (p > 0.5) return -studentTQuantile(1 - p, df);
  const key = `${p} ${df}`;
  const known = KNOWN.get(key) ?? lowerQuantile(p, df);
  KNOWN.set(key, known);
  return known;
}

/** For p <= 1/2: Newton's method on the logarithm of the tail, kept inside a bracket. */
function lowerQuantile(p: number, df: number): number {
  if (p === 0) return -Infinity;
  if (p === 0.5) return 0;
  const logDensityAtZero = -logBeta(df / 2, 0.5) - 0.5 * Math.log(df);
  let low = 0;
  let high = 1;
  while (upperTail(high, df) > p) {
    low = high;
    high *= 4;
  }
  let t = (low + high) / 2;
  for (let iteration = 0; iteration < 200; iteration++) {
    const tail = upperTail(t, df);
    if (tail > p) low = t;
    else high = t;
    const density = Math.exp(logDensityAtZero - ((df + 1) / 2) * Math.log1p((t * t) / df));
    const newton = t + (Math.log(tail / p) * tail) / density;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - t) <= 1e-15 * t) return -next;
    t = next;
  }
  return -t;
}
