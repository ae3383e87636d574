import { incompleteBeta, logGamma, normalCdf } from "./special-functions.ts";

/**
 * Distribution function of the noncentral t, P(T <= t), by the series of Lenth (1989, AS 243): exact up to rounding.
 * @param df degrees of freedom, > 0.
 * @param shift noncentrality, any real number.
 */
export function noncentralTCdf(t: number, df: number, shift: number): number {
  if (t < 0) return 1 - noncentralTCdf(-t, df, -shift);
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
