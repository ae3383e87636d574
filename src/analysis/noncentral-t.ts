import { integrate } from "./quadrature.ts";
import { incompleteBeta, logGamma, normalCdf } from "./special-functions.ts";

/** The series takes a time proportional to the shift: beyond this one, which two or three pairs ask for, the integral is faster. */
const LARGE_SHIFT = 20;
/** Nodes of a piece of the integral. */
const NODES = 72;
/** Standard deviations beyond which a normal distribution holds less than 1e-18. */
const VANISHED = 9;

/**
 * Distribution function of the noncentral t, P(T <= t), to about 1e-10.
 * @param df degrees of freedom, > 0.
 * @param shift noncentrality, any real number.
 */
export function noncentralTCdf(t: number, df: number, shift: number): number {
  if (t < 0) return 1 - noncentralTCdf(-t, df, -shift);
  return Math.abs(shift) > LARGE_SHIFT ? byIntegral(t, df, shift) : bySeries(t, df, shift);
}

/**
 * The definition: T = (Z + shift) / S, so that P(T <= t) is the mean of Phi(t S - shift) over S, the root of chi-squared over its degrees of
 * freedom. Phi is a step of width 1 / t at shift / t, and has a piece of its own.
 * @param t at least 0.
 */
export function byIntegral(t: number, df: number, shift: number): number {
  const logScale = Math.LN2 + (df / 2) * Math.log(df / 2) - logGamma(df / 2);
  const density = (s: number): number => Math.exp(logScale + (df - 1) * Math.log(s) - (df * s * s) / 2);
  const reach = (1.5 * VANISHED) / Math.sqrt(2 * df);
  const [from, to] = [Math.max(0, 1 - reach), 1 + reach];
  const inside = (s: number): number => Math.min(to, Math.max(from, s));
  const edges = [from, inside((shift - VANISHED) / t), inside((shift + VANISHED) / t), to];
  let sum = 0;
  for (const [index, low] of edges.entries()) {
    const high = edges[index + 1] ?? low;
    if (high > low)
      sum += integrate(NODES, [low, high], (s) =>
        density(s) === 0 ? 0 : density(s) * normalCdf(t * s - shift),
      );
  }
  return Math.min(1, Math.max(0, sum));
}

/**
 * The series of Lenth (1989, AS 243): exact up to rounding.
 * @param t at least 0.
 */
export function bySeries(t: number, df: number, shift: number): number {
  const square = t * t;
  const x = square / (df + square);
  const complement = df / (df + square);
  const rate = (shift * shift) / 2;
  let sum = 0;
  // The weights are Poisson-like around `rate`: beyond 12 of its standard deviations they vanish.
  const reach = 12 * Math.sqrt(rate) + 60;
  for (let j = Math.max(0, Math.floor(rate - reach)); j <= rate + reach; j++) {
    const logPower = rate === 0 ? (j === 0 ? 0 : -Infinity) : j * Math.log(rate);
    const even = Math.exp(logPower - rate - logGamma(j + 1));
    const odd = (shift / Math.SQRT2) * Math.exp(logPower - rate - logGamma(j + 1.5));
    if (j > rate && even < 1e-18 && Math.abs(odd) < 1e-18) break;
    if (even !== 0) sum += even * incompleteBeta(x, j + 0.5, df / 2, complement);
    if (odd !== 0) sum += odd * incompleteBeta(x, j + 1, df / 2, complement);
  }
  return Math.min(1, Math.max(0, normalCdf(-shift) + sum / 2));
}
