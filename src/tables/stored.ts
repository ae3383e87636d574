import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { TIERS, type TierName } from "../config/schema.ts";
import { tokensTrained } from "../analysis/marks.ts";
import { readExperimentFiles } from "../store/experiment-files.ts";
import { isOnlyPlanned } from "../store/looks.ts";
import type { ExperimentResults } from "../records/experiment.ts";
import type { StoredAnswer, TableEntry } from "./entry.ts";
import { variantIn } from "../papers/paper.ts";

/** One tier's results, with how much of what a table needs is there. */
interface Tier {
  readonly results: ExperimentResults;
  /** Runs of the table's variants, and how many of them are finished. */
  readonly runs: number;
  readonly finished: number;
  /** Every variant of the table is there with every run finished. */
  readonly isWhole: boolean;
  readonly tokens: number;
}

/**
 * What is stored of a table's experiment below a folder: the tier asked for; else the longest (in training tokens) whose
 * runs for this table are all finished; else the one with the most finished runs.
 * @param folder with one folder an experiment and tier.
 * @throws InputError for results that are damaged.
 */
export function readStored(folder: string, entry: TableEntry, asked: TierName | null): StoredAnswer {
  const tiers = ["", ...TIERS.map((name) => `-${name}`)]
    .map((suffix) => join(folder, `${entry.experiment}${suffix}`))
    .filter((path) => existsSync(path) && !isOnlyPlanned(path))
    .map(readExperimentFiles)
    // Results that were moved by hand are not taken for another experiment's.
    .filter((results) => results.record.experiment.name === entry.experiment)
    .map((results) => tierOf(results, entry));
  const chosen = asked === null ? bestOf(tiers) : tiers.find(({ results }) => nameOf(results) === asked);
  return {
    results: chosen?.results ?? null,
    asked,
    others: tiers
      .filter((tier) => tier !== chosen)
      .map(({ results, finished, runs }) => ({ tier: nameOf(results), finished, runs })),
  };
}

/** The names of stored experiments that a table can be made from beside its own, in order. */
export function otherExperiments(folder: string, { experiment, isMadeFrom }: TableEntry): readonly string[] {
  if (isMadeFrom === undefined || !existsSync(folder)) return [];
  const names = readdirSync(folder)
    // A result folder is named by its experiment, and by the tier behind it.
    .filter((name) => isMadeFrom(name) && existsSync(join(folder, name, "experiment.json")))
    .map((name) => readExperimentFiles(join(folder, name)).record.experiment.name);
  return [...new Set(names)].filter((name) => name !== experiment).sort();
}

function nameOf({ record }: ExperimentResults): string {
  return record.experiment.tier || "standard";
}

function tierOf(results: ExperimentResults, entry: TableEntry): Tier {
  const variants = entry.variants.map((name) => variantIn(nameOf(results), name));
  const needed = results.runs.filter((run) => variants.includes(run.variant));
  const finished = needed.filter((run) => run.results !== null).length;
  const stored = results.record.experiment.variants;
  const isWhole =
    variants.every((name) => needed.some((run) => run.variant === name)) && finished === needed.length;
  const tokens = Math.max(0, ...stored.map(({ settings }) => tokensTrained(settings)));
  return { results, runs: needed.length, finished, isWhole, tokens };
}

function bestOf(tiers: readonly Tier[]): Tier | undefined {
  const rank = (tier: Tier): number[] => [
    tier.isWhole ? 1 : 0,
    tier.isWhole ? 0 : tier.finished,
    tier.tokens,
  ];
  return [...tiers].sort((a, b) => {
    const [one, two] = [rank(a), rank(b)];
    const at = one.findIndex((value, index) => value !== two[index]);
    return at < 0 ? 0 : (two[at] ?? 0) - (one[at] ?? 0);
  })[0];
}
