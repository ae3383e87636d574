import { meanInterval } from "./mean-interval.ts";
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
    if (first === undefined) return [];
    const { variant, step, trained, layer, domain, measure } = first;
    const chances = group.flatMap(({ chance }) => chance ?? []);
    return [
      {
        ...{ variant, step, trained, layer, domain, measure },
        ...{ value: meanInterval(group.map(({ value }) => value)).mean },
        halfWidth: meanInterval(group.map(({ value }) => value)).halfWidth,
        chance: chances.length === 0 ? null : meanInterval(chances).mean,
        seeds: group.length,
      },
    ];
  });
}
