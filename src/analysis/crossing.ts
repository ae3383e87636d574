import { integrate } from "./quadrature.ts";
import { studentTQuantile } from "./student-t.ts";

/**
 * How likely a paired t-test that is looked at several times, while its data grow, shows a small p at any of the looks, when
 * there is no effect. The usual tables for this (Pocock 1977) are for many data: with 4 to 16 pairs they give 5.8 % where 5 % is said.
 *
 * After n differences with sum S and sum of squares Q, t depends on r = S / sqrt(n Q) alone, the cosine of the angle between
 * the data and (1, .., 1). Without an effect Q says nothing of this r or an earlier one, since length and direction of a normal
 * vector are independent; so the r of successive looks are a Markov chain in one dimension. With m differences more,
 *
 *   r' = (sqrt(n) r cos(phi) + sqrt(m) sin(psi) sin(phi)) / sqrt(n + m),
 *
 * where cos(phi)^2, the share of the old ones in the sum of squares, is Beta(n/2, m/2), and sin(psi) is the r of the new ones.
 */

/** Steps of the grid in r, and nodes in each piece of an integral over phi and psi. */
const R_STEPS = 32;
const PHI_NODES = 14;
const PSI_NODES = 10;
/** Densities like cos(x)^n are cut where they have fallen to about exp(-REACH^2 / 2), 3e-7. */
const REACH = 5.5;

/** The probability of crossing at none of the looks to come, by the r of the look before them; even in r. */
type Survival = (r: number) => number;

/**
 * Probability that the two-sided p of a paired t-test is at or below its level at one look or more, when the differences are
 * normal with mean zero. Good to 1e-5; to 1e-4 where a look adds fewer than 4.
 * @param sizes differences in total at each look, growing; at least 2.
 * @param levels of the looks, 0 to 1.
 */
export function crossingProbability(sizes: readonly number[], levels: readonly number[]): number {
  const looks = sizes.map((n, index) => ({ n, bound: boundOf(n, levels[index] ?? NaN) }));
  const [first, ...later] = looks;
  if (first === undefined) return 0;
  const survival = later.reduceRight<Survival>(
    (next, look, index) => survivalFrom(looks[index] ?? first, look, next),
    () => 1,
  );
  return 1 - throughFirst(first, survival);
}

interface LookBound {
  /** Differences so far. */
  readonly n: number;
  /** The |r| at and beyond which the look crosses. */
  readonly bound: number;
}

function boundOf(n: number, level: number): number {
  if (level >= 1) return 0;
  const t = -studentTQuantile(level / 2, n - 1);
  return t === Infinity ? 1 : t / Math.sqrt(t * t + n - 1);
}

/** Probability of passing the first look and all after it; r = sin(theta), with a density like cos(theta)^(n - 2). */
function throughFirst({ n, bound }: LookBound, survival: Survival): number {
  const most = Math.min(Math.PI / 2, REACH / Math.sqrt(Math.max(1, n - 2)));
  const density = (theta: number): number => Math.cos(theta) ** (n - 2);
  const over = (to: number, value: (theta: number) => number): number =>
    integrate(PHI_NODES, [0, to / 2], value) + integrate(PHI_NODES, [to / 2, to], value);
  const passing = over(
    Math.min(Math.asin(bound), most),
    (theta) => density(theta) * survival(Math.sin(theta)),
  );
  return passing / over(most, density);
}

/** The survival through `look` and then as `next` says, as a function of r at the look before; on a grid inside that look's bound. */
function survivalFrom(before: LookBound, look: LookBound, next: Survival): Survival {
  const [n, m] = [before.n, look.n - before.n];
  const [oldSpread, newSpread, scale] = [Math.sqrt(n), Math.sqrt(m), Math.sqrt(look.n)];
  const edge = look.bound * scale;
  const share = shareDensity(n, m);
  const meanOverNew = newValues(m);
  const at = (r: number): number => {
    const inner = (phi: number): number => {
      const [centre, half] = [oldSpread * r * Math.cos(phi), newSpread * Math.sin(phi)];
      const value = meanOverNew((-edge - centre) / half, (edge - centre) / half, (x) =>
        next((centre + half * x) / scale),
      );
      return share.density(phi) * value;
    };
    const corners = cornersOf(oldSpread * r, newSpread, edge);
    const inside = [...corners, share.peak].filter((phi) => phi > share.low && phi < share.high);
    const ends = [share.low, ...inside.sort((a, b) => a - b), share.high];
    return ends
      .slice(1)
      .reduce((sum, end, i) => sum + integrate(PHI_NODES, [ends[i] ?? end, end], inner, true), 0);
  };
  const values = Array.from({ length: R_STEPS + 1 }, (_, i) => at((before.bound * i) / R_STEPS));
  return evenCubic(values, before.bound);
}

/** The density of phi, with integral 1 over (low, high). */
function shareDensity(
  n: number,
  m: number,
): {
  readonly density: (phi: number) => number;
  readonly low: number;
  readonly peak: number;
  readonly high: number;
} {
  const peak = Math.atan2(Math.sqrt(m - 1), Math.sqrt(n - 1));
  const reach = REACH / Math.sqrt(Math.max(1, n + m - 2));
  const [low, high] = [Math.max(0, peak - reach), Math.min(Math.PI / 2, peak + reach)];
  const [cosine, sine] = [Math.cos(peak), Math.sin(peak)];
  const shape = (phi: number): number => {
    const old = (Math.cos(phi) / cosine) ** (n - 1);
    return m === 1 ? old : old * (Math.sin(phi) / sine) ** (m - 1);
  };
  const mass = integrate(PHI_NODES, [low, peak], shape) + integrate(PHI_NODES, [peak, high], shape);
  return { density: (phi) => shape(phi) / mass, low, peak, high };
}

/** Integrates a function of the r of m new differences over their distribution, as far as r is between two ends. */
function newValues(m: number): (from: number, to: number, value: (r: number) => number) => number {
  if (m === 1) {
    const signs = [-1, 1];
    return (from, to, value) =>
      signs.reduce((sum, sign) => (sign > from && sign < to ? sum + value(sign) / 2 : sum), 0);
  }
  const reach = Math.min(Math.PI / 2, REACH / Math.sqrt(Math.max(1, m - 2)));
  const mass = 2 * integrate(PSI_NODES, [0, reach], (psi) => Math.cos(psi) ** (m - 2));
  return (from, to, value) => {
    const [low, high] = [Math.max(-reach, arcsine(from)), Math.min(reach, arcsine(to))];
    if (low >= high) return 0;
    const weighted = (psi: number): number => Math.cos(psi) ** (m - 2) * value(Math.sin(psi));
    return integrate(PSI_NODES, [low, high], weighted) / mass;
  };
}

function arcsine(x: number): number {
  return x >= 1 ? Math.PI / 2 : x <= -1 ? -Math.PI / 2 : Math.asin(x);
}

/** The phi at which the largest or smallest possible r' meets the bound: the integrand has corners there. */
function cornersOf(centre: number, spread: number, edge: number): number[] {
  const tilt = Math.atan2(spread, centre);
  const turn = Math.acos(Math.min(1, edge / Math.hypot(centre, spread)));
  return [tilt - turn, tilt + turn, turn - tilt, Math.PI - turn - tilt];
}

/** An even function from its values at 0, .., bound in even steps: cubics through four neighbours. */
function evenCubic(values: readonly number[], bound: number): Survival {
  const last = values.length - 1;
  const value = (i: number): number => values[Math.abs(i)] ?? NaN;
  return (r) => {
    const x = bound === 0 ? 0 : (Math.abs(r) / bound) * last;
    const i = Math.min(Math.floor(x), last - 2);
    const s = x - i;
    const outer = (s + 1) * s * (s - 1) * value(i + 2) - s * (s - 1) * (s - 2) * value(i - 1);
    const inner = (s + 1) * (s - 1) * (s - 2) * value(i) - (s + 1) * s * (s - 2) * value(i + 1);
    return outer / 6 + inner / 2;
  };
}
