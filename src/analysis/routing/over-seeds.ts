import { meanInterval } from "../paired-t.ts";
import type { Measure } from "./measures.ts";

/** A measure of one run. */
export interface RunMeasure extends Measure {
  readonly variant: string;
  readonly seed: number;
  /** Steps trained. */
  readonly step: number;
  /** Tokens trained. */
  readonly trained: number;
}

/** The same over the seeds of a variant. */
export interface SeedsMeasure extends Omit<RunMeasure, "seed"> {
  /** Half of the 95 % t-interval of the mean; null of one seed. */
  readonly halfWidth: number | null;
  readonly seeds: number;
}

/** Means over seeds, in the order in which the first seed's rows stand. */
export function overSeeds(rows: readonly RunMeasure[]): SeedsMeasure[] {
  const groups = new Map<string, RunMeasure[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.variant, row.step, row.layer, row.domain, row.measure]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].flatMap((group): SeedsMeasure[] => {
    const [first] = group;
    const interval = meanInterval(
      group.map(({ value }) => value),
      0.05,
    );
    if (first === undefined || interval === null) return [];
    const { mean, low, high } = interval;
    const { variant, step, trained, layer, domain, measure, unit } = first;
    const chances = group.flatMap(({ chance }) => chance ?? []);
    return [
      {
        ...{ variant, step, trained, layer, domain, measure, ...(unit !== undefined && { unit }) },
        value: mean,
        halfWidth: low === null || high === null ? null : (high - low) / 2,
        chance: meanInterval(chances, 0.05)?.mean ?? null,
        seeds: group.length,
      },
    ];
  });
}
