import type { LooksRecord, Procedure } from "../records/looks.ts";
import { crossingProbability } from "./crossing.ts";
import { ALPHA } from "./look-plan.ts";

/** A look that was taken and paid for. */
interface PaidLook {
  /** Null: every seed there is. */
  readonly seeds: ReadonlySet<number> | null;
  /** What p is held against, without Holm. */
  readonly level: number;
}

/** What tests must know of the looks taken at an experiment's data. */
export interface Looks {
  /** False-positive rate over all looks. */
  readonly alpha: number;
  /** Oldest first. */
  readonly paid: readonly PaidLook[];
  /** All looks taken, those that could not be paid included. */
  readonly taken: number;
  /** Looks that share alpha, taken or not. */
  readonly planned: number;
  /** Seeds of the next planned look; null when there is none. */
  readonly nextSeeds: readonly number[] | null;
  /** Procedures about the same question that came before this one, on other seeds. */
  readonly earlier: number;
  /**
   * The p-value over all looks of the smallest `p / level * (level of the first look)` seen so far: the chance that, without an
   * effect, any of the planned looks shows one as small. Holm is applied to these.
   */
  readonly adjust: (smallest: number) => number;
  /** The level of a look (from 0) in a test at `alpha` over all looks; at `this.alpha` it is the look's own. */
  readonly levelAt: (look: number, alpha: number) => number;
}

/** One look at whatever there is: nothing to pay for beside it. */
export function oneLook(alpha = ALPHA): Looks {
  return {
    alpha,
    paid: [{ seeds: null, level: alpha }],
    taken: 1,
    planned: 1,
    nextSeeds: null,
    earlier: 0,
    adjust: (smallest) => smallest,
    levelAt: (_, wanted) => wanted,
  };
}

/** The looks of stored results. Results without a record (made before there was one) were looked at once. */
export function looksOf(record: LooksRecord | undefined): Looks {
  const procedure = record?.procedures[record.current ?? -1];
  if (record === undefined || procedure === undefined) return oneLook();
  const earlier = record.procedures
    .slice(0, record.current ?? 0)
    .filter(({ question, taken }) => question === procedure.question && taken > 0).length;
  return { ...looksOfProcedure(procedure), earlier };
}

/**
 * The looks under which results of two experiments stand in one table: the record that plans more looks. Single looks at each
 * need none, since their alpha is the same.
 */
export function stricterLooks(
  a: LooksRecord | undefined,
  b: LooksRecord | undefined,
): LooksRecord | undefined {
  const [first, second] = [looksOf(a), looksOf(b)];
  if (Math.max(first.taken, first.planned, second.taken, second.planned) <= 1) return undefined;
  return second.planned > first.planned || (second.planned === first.planned && second.taken > first.taken)
    ? b
    : a;
}

/** The looks that a procedure has taken so far. */
export function looksOfProcedure(procedure: Procedure): Looks {
  const { alpha, looks, taken } = procedure;
  const paying = looks.flatMap(({ seeds, level }) => (level === null ? [] : [{ seeds, level }]));
  const scale = overallP(procedure);
  const first = paying[0]?.level ?? alpha;
  return {
    alpha,
    paid: paying.slice(0, taken).map(({ seeds, level }) => ({ seeds: new Set(seeds), level })),
    taken,
    planned: paying.length,
    nextSeeds: taken < paying.length ? (paying[taken]?.seeds ?? null) : null,
    earlier: 0,
    adjust: scale.p,
    levelAt: (look, wanted) => {
      const share = wanted === alpha ? 1 : scale.inverse(wanted) / first;
      return share * (paying[look]?.level ?? NaN);
    },
  };
}

/** p-values over all looks by plan: each takes a fraction of a second to compute. */
const KNOWN = new Map<string, OverallP>();

interface OverallP {
  readonly p: (smallest: number) => number;
  readonly inverse: (p: number) => number;
}

/** Step of the grid in the logarithm of the smallest p. */
const LOG_STEP = 1;
/** Below it crossing twice is so rare that p over all looks is the sum of what each look adds. */
const LEAST = 1e-6;

/**
 * The p-value over all looks as a function of the smallest scaled p, and back. Computed on a grid that has the first level as a node, where
 * it is alpha; cubics between, in logarithms.
 */
function overallP({ looks, alpha }: Procedure): OverallP {
  const paying = looks.flatMap(({ seeds, level }) => (level === null ? [] : [{ size: seeds.length, level }]));
  if (paying.length === 1) return { p: (smallest) => smallest, inverse: (p) => p };
  const key = JSON.stringify([alpha, paying]);
  const known = KNOWN.get(key) ?? computeOverallP(paying, alpha);
  KNOWN.set(key, known);
  return known;
}

function computeOverallP(
  paying: readonly { readonly size: number; readonly level: number }[],
  alpha: number,
): OverallP {
  const sizes = paying.map(({ size }) => size);
  const weights = paying.map(({ level }) => level / (paying[0]?.level ?? NaN));
  const most = weights.reduce((sum, weight) => sum + weight, 0);
  const first = paying[0]?.level ?? NaN;
  const growth = new Map<number, number>();
  /** p / smallest at a node; at node 0 the smallest is the first level. */
  const growthAt = (node: number): number => {
    const known = growth.get(node);
    if (known !== undefined) return known;
    const smallest = first * Math.exp(node * LOG_STEP);
    const levels = weights.map((weight) => Math.min(1, weight * smallest));
    const computed = smallest < LEAST ? Infinity : crossingProbability(sizes, levels) / smallest;
    const found = node === 0 ? alpha / first : Math.min(most, computed);
    growth.set(node, found);
    return found;
  };
  const p = (smallest: number): number => {
    if (smallest >= 1 || smallest <= 0) return Math.max(0, Math.min(1, smallest));
    const x = Math.log(smallest / first) / LOG_STEP;
    const i = Math.floor(x);
    const s = x - i;
    if (s === 0) return smallest * growthAt(i);
    const outer = (s + 1) * s * (s - 1) * growthAt(i + 2) - s * (s - 1) * (s - 2) * growthAt(i - 1);
    const inner = (s + 1) * (s - 1) * (s - 2) * growthAt(i) - (s + 1) * s * (s - 2) * growthAt(i + 1);
    return Math.min(1, smallest * (outer / 6 + inner / 2));
  };
  const inverse = (wanted: number): number => {
    let [low, high] = [0, wanted];
    while (high - low > 1e-9 * high) {
      const middle = (low + high) / 2;
      if (p(middle) < wanted) low = middle;
      else high = middle;
    }
    return high;
  };
  return { p, inverse };
}
