import { differencesOf } from "../config/differences.ts";
import type { Variant } from "../config/settings.ts";
import { show } from "../config/suggest.ts";
import type { RunRow } from "../records/experiment.ts";
import { stricterLooks } from "./looks.ts";
import { withOrigins } from "./pool-labels.ts";
import type { SummaryInput } from "./summary.ts";

/** Experiments that stand in one table, because their baselines are the same runs. */
interface Pooled {
  readonly input: SummaryInput;
  /** What the joined table can't say of itself. */
  readonly notes: readonly string[];
}

/** Experiments, joined as far as their baselines allow. */
export interface Pools {
  readonly pools: readonly Pooled[];
  /** Why experiments that do not share a table can't, one sentence each. */
  readonly refusals: readonly string[];
}

/** More settings than this are counted, not named. */
const MOST_DIFFERENCES = 5;

/**
 * Joins experiments whose baseline is the same runs, so that their variants stand in one table and every difference is still
 * paired: a run's id covers settings, data and seed, so equal ids are equal runs. Seeds that only one of them has are kept. A
 * variant that both have is kept once, whatever its name; another one of the same name is renamed `<experiment>/<name>`.
 * Experiments on other text, of other length or size have other baselines and are never joined.
 * @param baseline variant that all are compared with; each experiment's own when not given.
 */
export function pool(inputs: readonly SummaryInput[], baseline?: string): Pools {
  const groups: { readonly members: SummaryInput[]; pooled: Pooled }[] = [];
  const refusals: string[] = [];
  for (const input of inputs) {
    const reasons = groups.map(({ pooled }) => reasonAgainst(pooled.input, input, baseline));
    const group = groups[reasons.indexOf(null)];
    if (group === undefined) {
      refusals.push(...reasons.flatMap((reason) => reason ?? []));
      groups.push({ members: [input], pooled: { input, notes: [] } });
    } else {
      group.members.push(input);
      const [first, ...others] = withOrigins(group.members);
      if (first !== undefined) group.pooled = others.reduce(joined, { input: first, notes: [] });
    }
  }
  return { pools: groups.map(({ pooled }) => pooled), refusals };
}

/** Why two experiments have no baseline in common; null when they have. */
function reasonAgainst(one: SummaryInput, two: SummaryInput, baseline: string | undefined): string | null {
  const [a, b] = [baselineRuns(one, baseline), baselineRuns(two, baseline)];
  const names = `${one.record.experiment.name} and ${two.record.experiment.name} can't share a table`;
  const isCommon = (run: RunRow): boolean => b.some((other) => other.runId === run.runId);
  const hasConflict = a.some((run) =>
    b.some((other) => other.variant === run.variant && other.seed === run.seed && other.runId !== run.runId),
  );
  if (!hasConflict && a.some((run) => run.results !== null && isCommon(run))) return null;
  const differences = settingDifferences(one, two, baseline);
  if (differences !== "") return `${names}: their baselines are not the same runs (${differences}).`;
  if (hasConflict) {
    return `${names}: their baselines have equal settings, but were trained on other data or by other code; \`moe-lab run\` on both files makes them equal.`;
  }
  return a.some(isCommon)
    ? `${names}: no run of their baseline is finished yet.`
    : `${names}: their baselines have no seed in common.`;
}

function settingDifferences(one: SummaryInput, two: SummaryInput, baseline: string | undefined): string {
  const [a, b] = [baselineVariant(one, baseline), baselineVariant(two, baseline)];
  if (a === undefined || b === undefined) return "";
  const all = differencesOf(a.settings, b.settings).map(({ path, base, variant }) =>
    // Lists, such as the text's domains, are too long to print.
    typeof base === "object" || typeof variant === "object"
      ? `${path} differs`
      : `${path} ${show(base)} and ${show(variant)}`,
  );
  const more = all.length > MOST_DIFFERENCES ? [`${all.length - MOST_DIFFERENCES} more`] : [];
  return [...all.slice(0, MOST_DIFFERENCES), ...more].join(", ");
}

/** In a grid every combination has a baseline: `<baseline>, <path>=<value>`. */
function isBaseline(name: string, input: SummaryInput, baseline: string | undefined): boolean {
  const asked = baseline ?? input.record.experiment.baseline;
  return name === asked || name.startsWith(`${asked}, `);
}

function baselineRuns(input: SummaryInput, baseline: string | undefined): readonly RunRow[] {
  return input.runs.filter((run) => isBaseline(run.variant, input, baseline));
}

function baselineVariant(input: SummaryInput, baseline: string | undefined): Variant | undefined {
  return input.record.experiment.variants.find(({ name }) => isBaseline(name, input, baseline));
}

function joined({ input: pooled, notes }: Pooled, added: SummaryInput): Pooled {
  const { experiment } = pooled.record;
  const other = added.record.experiment;
  const names = namesInPool(pooled, added);
  const isNew = (name: string): boolean =>
    !experiment.variants.some((variant) => variant.name === names.get(name));
  const variants = other.variants
    .filter(({ name }) => isNew(name))
    .map((variant): Variant => ({ ...variant, name: names.get(variant.name) ?? variant.name }));
  const facts = Object.entries(added.record.variants)
    .filter(([name]) => isNew(name))
    .map(([name, fact]) => [names.get(name) ?? name, fact] as const);
  const nameOf = (name: string | null): string | null => (name === null ? null : (names.get(name) ?? name));
  const seeds = experiment.seeds.filter((seed) => other.seeds.includes(seed));
  const looks = stricterLooks(pooled.looks, added.looks);
  const input = {
    ...(looks !== undefined && { looks }),
    record: {
      ...pooled.record,
      experiment: {
        ...experiment,
        name: `${experiment.name}+${other.name}`,
        file: undefined,
        title: [experiment.title, other.title].filter((title) => title !== "").join(" + "),
        // What all of them asked for: one with fewer seeds is not unfinished for that.
        seeds,
        controls: {
          floor: experiment.controls.floor ?? nameOf(other.controls.floor),
          dense: experiment.controls.dense ?? nameOf(other.controls.dense),
        },
        variants: [...experiment.variants, ...variants],
      },
      variants: { ...pooled.record.variants, ...Object.fromEntries(facts) },
    },
    runs: joinRuns(
      pooled.runs,
      added.runs.map((run) => ({ ...run, variant: names.get(run.variant) ?? run.variant })),
    ),
  };
  return {
    input,
    notes: [
      ...notes,
      ...notesOn(
        pooled,
        added,
        facts.some(([, fact]) => fact.trainTokensPerSecond !== null),
      ),
    ],
  };
}

/** The name in the pool of each variant that is added: that of the same runs, its own, or one with its experiment's name. */
function namesInPool(pooled: SummaryInput, added: SummaryInput): ReadonlyMap<string, string> {
  const known = new Map(pooled.runs.map((run) => [run.runId, run.variant]));
  const taken = new Set(pooled.record.experiment.variants.map((variant) => variant.name));
  const { name: experiment, variants } = added.record.experiment;
  return new Map(
    variants.map(({ name }) => {
      const same = added.runs
        .filter((run) => run.variant === name)
        .flatMap((run) => known.get(run.runId) ?? [])[0];
      return [name, same ?? (taken.has(name) ? `${experiment}/${name}` : name)];
    }),
  );
}

/** All runs, one a variant and seed; the finished one where only one of them is. */
function joinRuns(pooled: readonly RunRow[], added: readonly RunRow[]): readonly RunRow[] {
  const keyOf = (run: RunRow): string => JSON.stringify([run.variant, run.seed]);
  const runs = new Map(pooled.map((run) => [keyOf(run), run]));
  for (const run of added) {
    const known = runs.get(keyOf(run));
    if (known === undefined || (known.results === null && run.results !== null)) runs.set(keyOf(run), run);
  }
  return [...runs.values()];
}

function notesOn(pooled: SummaryInput, added: SummaryInput, hasSpeeds: boolean): string[] {
  const [one, two] = [pooled.record.experiment, added.record.experiment];
  const stated = [
    ...(one.metric === two.metric ? [] : [`metric ${two.metric}`]),
    ...(one.margin === two.margin ? [] : [`a margin of ${(100 * two.margin).toFixed(2)} %`]),
  ];
  return [
    ...(stated.length === 0
      ? []
      : [`${two.name} states ${stated.join(" and ")}; what ${one.name} states is used.`]),
    ...(hasSpeeds
      ? [`Tokens per s of ${two.name} come from a timing pass of its own: compare them among its own rows.`]
      : []),
  ];
}
