import type { Look, Procedure } from "../records/looks.ts";
import { crossingProbability } from "./crossing.ts";

/** False-positive rate of tests, and one minus the coverage of intervals, over all looks together. */
export const ALPHA = 0.05;

/** A look costs what it should to this share of it. */
const PRECISION = 1e-5;

/**
 * The first `count` seeds of an experiment whose file names some: those, then the whole numbers after the largest.
 * @returns all that are named, when there are more.
 */
export function extendSeeds(seeds: readonly number[], count: number): number[] {
  const first = Math.max(0, ...seeds) + 1;
  const more = Array.from({ length: Math.max(0, count - seeds.length) }, (_, index) => first + index);
  return [...seeds, ...more];
}

/**
 * A plan of looks. Each of them costs the same share of alpha: that is the chance that, without an effect, p is at or below its
 * level there for the first time. The levels follow from that and the numbers of seeds; a later look may have a softer one, since
 * what it sees is partly what was seen before.
 * @param question `questionOf` the baseline.
 * @param seeds of each look, each list continuing the one before.
 */
export function planLooks(question: string, seeds: readonly (readonly number[])[], alpha = ALPHA): Procedure {
  const looks = seeds.map((list): Look => ({ seeds: list, level: alpha, byHand: false }));
  return { question, alpha, taken: 0, looks: withLevels(looks, 0, alpha) };
}

/** Even steps to the most seeds: `most` = 24 in 4 looks are 6, 12, 18 and 24 seeds. */
export function evenSteps(seeds: readonly number[], looks: number, most: number): number[][] {
  return Array.from({ length: looks }, (_, index) => {
    const count = Math.round((most * (index + 1)) / looks);
    return extendSeeds(seeds, count).slice(0, count);
  });
}

/**
 * The procedure after a look at these seeds. Seeds that have all been looked at are no new look; those of the next planned look
 * are that one. Others were added by hand: the look takes the place, and the share of alpha, of the next planned one, and those after it move
 * on as far as needed. When no planned look is left, a look has no level: nothing is left to pay with.
 */
export function takeLook(procedure: Procedure, seeds: readonly number[]): Procedure {
  const { looks, taken, alpha } = procedure;
  const last = looks[taken - 1]?.seeds ?? [];
  const fresh = seeds.filter((seed) => !last.includes(seed));
  if (fresh.length === 0) return procedure;
  const all = [...last, ...fresh];
  const next = looks[taken];
  if (next === undefined) {
    return { ...procedure, taken: taken + 1, looks: [...looks, { seeds: all, level: null, byHand: true }] };
  }
  if (next.seeds.length === all.length && next.seeds.every((seed) => all.includes(seed))) {
    return { ...procedure, taken: taken + 1 };
  }
  const moved = [...looks.slice(0, taken), { ...next, seeds: all, byHand: true }];
  for (const [index, later] of looks.entries()) {
    if (index <= taken) continue;
    const step = later.seeds.length - (looks[index - 1]?.seeds.length ?? 0);
    const before = moved.at(-1)?.seeds ?? [];
    const count = Math.max(later.seeds.length, before.length + step);
    moved.push({ ...later, seeds: extendSeeds(before, count) });
  }
  return { ...procedure, taken: taken + 1, looks: withLevels(moved, taken, alpha) };
}

/** Finds the levels of the looks from `first` on, for an equal share of alpha each. */
function withLevels(looks: readonly Look[], first: number, alpha: number): Look[] {
  const paying = looks.filter((look) => look.level !== null).length;
  const sizes = looks.map((look) => look.seeds.length);
  const levels = looks.slice(0, first).map((look) => look.level ?? 0);
  for (let index = first; index < looks.length; index++) {
    const share = alpha / paying;
    levels.push(levelThatSpends(sizes.slice(0, index + 1), levels, share * (index + 1), share));
  }
  return looks.map((look, index) => (index < first ? look : { ...look, level: levels[index] ?? null }));
}

/** The level of the last look at which all looks together cross with the probability `spent`; by the secant method. */
function levelThatSpends(
  sizes: readonly number[],
  before: readonly number[],
  spent: number,
  share: number,
): number {
  if (before.length === 0) return spent;
  // Without the last look the others cross with the probability that they were given.
  let [level, lack] = [0, share];
  let next = share;
  for (let iteration = 0; iteration < 20; iteration++) {
    const nextLack = spent - crossingProbability(sizes, [...before, next]);
    if (Math.abs(nextLack) < PRECISION * share) break;
    [level, lack, next] = [next, nextLack, next + (nextLack * (next - level)) / (lack - nextLack)];
  }
  return next;
}
