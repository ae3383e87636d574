import type { Variant } from "../config/settings.ts";
import type { RunRow } from "../store/records.ts";
import type { SummaryInput } from "./summary.ts";

/**
 * Joins experiments whose baseline is the same runs, so that their variants stand in one table: a run's id covers
 * settings, data and seed, so equal ids are equal runs. A variant that both have is kept once; another one of the same name
 * is renamed `<experiment>/<name>`.
 * @param baseline variant that all are compared with; each experiment's own when not given.
 * @returns null when the baselines' runs differ, or none is finished.
 */
export function pool(inputs: readonly SummaryInput[], baseline?: string): SummaryInput | null {
  const [first, ...others] = inputs;
  if (first === undefined) return null;
  const keyOf = (input: SummaryInput): string =>
    finishedIds(input.runs, baseline ?? input.record.experiment.baseline);
  if (keyOf(first) === "" || others.some((input) => keyOf(input) !== keyOf(first))) return null;
  return others.reduce((pooled, input) => join(pooled, input), first);
}

function join(pooled: SummaryInput, added: SummaryInput): SummaryInput {
  const { experiment } = pooled.record;
  const other = added.record.experiment;
  const renamed = new Map<string, string>();
  for (const { name } of other.variants) {
    const taken = experiment.variants.some((variant) => variant.name === name);
    if (taken && allIds(pooled.runs, name) === allIds(added.runs, name)) continue;
    renamed.set(name, taken ? `${other.name}/${name}` : name);
  }
  const nameOf = (name: string | null): string | null => (name === null ? null : (renamed.get(name) ?? name));
  const variants = other.variants.flatMap((variant): Variant[] => {
    const name = renamed.get(variant.name);
    if (name === undefined) return [];
    return [
      { ...variant, name, label: name === variant.name ? variant.label : `${variant.label} (${other.name})` },
    ];
  });
  const facts = Object.entries(added.record.variants).flatMap(([name, fact]) => {
    const newName = renamed.get(name);
    return newName === undefined ? [] : [[newName, fact] as const];
  });
  return {
    record: {
      ...pooled.record,
      experiment: {
        ...experiment,
        name: `${experiment.name}+${other.name}`,
        title: [experiment.title, other.title].filter((title) => title !== "").join(" + "),
        controls: {
          floor: experiment.controls.floor ?? nameOf(other.controls.floor),
          dense: experiment.controls.dense ?? nameOf(other.controls.dense),
        },
        variants: [...experiment.variants, ...variants],
      },
      variants: { ...pooled.record.variants, ...Object.fromEntries(facts) },
    },
    runs: [
      ...pooled.runs,
      ...added.runs.flatMap((run): RunRow[] => {
        const variant = renamed.get(run.variant);
        return variant === undefined ? [] : [{ ...run, variant }];
      }),
    ],
  };
}

function finishedIds(runs: readonly RunRow[], variant: string): string {
  return allIds(
    runs.filter((run) => run.results !== null),
    variant,
  );
}

function allIds(runs: readonly RunRow[], variant: string): string {
  return runs
    .filter((run) => run.variant === variant)
    .map((run) => run.runId)
    .sort()
    .join(" ");
}
