import { join } from "node:path";
import { parentRunSettings } from "../config/parent.ts";
import { routerWords } from "../config/by-layer/spans.ts";
import type { DataSettings, Experiment, ParentSettings, Settings } from "../config/settings.ts";
import { declaredObjective } from "../config/stages/objective.ts";
import { hashJson } from "../core/json.ts";
import type { Corpus } from "../data/types.ts";
import { resultsIdOf, runIdOf, runNameOf } from "../store/identity.ts";
import { finishedIdentities, inspectRun, type FoundRun } from "../store/read-run.ts";
import type { RunIdentity, RunRecord } from "../records/run.ts";
import type { RunPlan } from "../store/write-run.ts";
import { modelSpec } from "../model/spec.ts";
import { modelRouters } from "./model-routers.ts";
import { planRun } from "./run-plan.ts";
import type { VariantSpec } from "./messages.ts";
import type { LoadedRouter } from "./user-router.ts";

/** One run that an experiment asks for. */
export interface PlannedRun {
  /** Name of the variant; of a parent, `parent (<its router>, <n> steps)`. */
  readonly variant: string;
  readonly seed: number;
  readonly runId: string;
  readonly runName: string;
  readonly plan: RunPlan;
  readonly spec: VariantSpec;
  /** What is there of it already. */
  readonly known: RunRecord | null;
  /** The run that it starts from; null for one that starts at random. */
  readonly parent: PlannedRun | null;
}

/** What planning needs from elsewhere. */
export interface PlanSources {
  readonly findRouter: (name: string) => LoadedRouter;
  readonly corpusOf: (data: DataSettings) => Pick<Corpus, "domains" | "hash" | "vocabulary">;
  readonly records: RunRecords;
}

/** The runs of a runs folder, each read once. */
export interface RunRecords {
  readonly of: (runName: string) => FoundRun;
  /** A finished run that has the same name as an identity under some way of naming them (store/identity.ts); null where there is none. */
  readonly finishedLike: (
    identity: RunIdentity,
    nameOf: (identity: RunIdentity) => string,
  ) => RunRecord | null;
  /** Says that runs were worked on: they are read again. */
  readonly forget: (runNames: Iterable<string>) => void;
}

/** Opens a runs folder. */
export function runRecords(runsFolder: string): RunRecords {
  const read = new Map<string, FoundRun>();
  const of = (runName: string): FoundRun => {
    const found = read.get(runName) ?? inspectRun(join(runsFolder, runName));
    read.set(runName, found);
    return found;
  };
  const named = new Map<unknown, ReadonlyMap<string, string>>();
  return {
    of,
    finishedLike: (identity, nameOf) => {
      const names =
        named.get(nameOf) ??
        new Map(finishedIdentities(runsFolder).map(({ name, identity: other }) => [nameOf(other), name]));
      named.set(nameOf, names);
      const name = names.get(nameOf(identity));
      const record = name === undefined ? null : of(name).record;
      return record?.status === "finished" ? record : null;
    },
    forget: (runNames) => {
      for (const runName of runNames) read.delete(runName);
    },
  };
}

/** The runs of an experiment's variants at some seeds, with what is there of them now. */
export type RunsAt = (seeds: readonly number[]) => PlannedRun[];

/**
 * Plans an experiment's runs, each once: what it computes is worked out when its seed is asked for first. They come seed by seed, so that an
 * interrupted sweep has complete pairs. Two variants that compute the same name the same run.
 */
export function planRuns(variants: Experiment["variants"], sources: PlanSources): RunsAt {
  const planned = new Map<string, PlannedRun>();
  const runOf = (name: string, settings: Settings, seed: number): PlannedRun => {
    const key = JSON.stringify([name, seed]);
    const run = planned.get(key) ?? asItIsThere(planOne(name, settings, seed, sources), sources.records);
    planned.set(key, run);
    return withRecord(run, sources.records);
  };
  return (seeds) =>
    seeds.flatMap((seed) => variants.map(({ name, settings }) => runOf(name, settings, seed)));
}

function planOne(variant: string, settings: Settings, seed: number, sources: PlanSources): PlannedRun {
  const parent =
    settings.parent &&
    planOne(
      parentName(settings.parent),
      parentRunSettings(settings.parent),
      settings.parent.seed ?? seed,
      sources,
    );
  const routers = modelRouters(settings.router, sources.findRouter);
  const corpus = sources.corpusOf(settings.data);
  const model = modelSpec(settings, routers.find, corpus.vocabulary);
  const plan = planRun({ model, seed, routers, corpus, parent: parent && parent.plan.identity });
  return {
    variant,
    seed,
    runId: runIdOf(plan.identity),
    runName: runNameOf(plan.identity),
    plan,
    spec: { settings, routerFiles: routers.files, parent: parent && parent.spec },
    known: null,
    parent,
  };
}

/** `parent (linear, 800 steps)`, or with its objective where that trains on: `parent (sft, linear, 200 steps)`. */
function parentName({ objective, router, training }: ParentSettings): string {
  const trainedOn = declaredObjective(objective).continues ? `${objective.name}, ` : "";
  return `parent (${trainedOn}${routerWords(router)}, ${training.steps} steps)`;
}

/** The run itself, or the finished one that differs from it only in where the loss was looked at: nobody need train that again. */
function asItIsThere(run: PlannedRun, records: RunRecords): PlannedRun {
  if (records.of(run.runName).record?.status === "finished") return run;
  const found = records.finishedLike(run.plan.identity, resultsIdOf);
  if (found === null) return run;
  const { settings } = run.spec;
  const { evaluateEvery, evaluationTokens } = found.identity.settings.training;
  return {
    ...{ ...run, runId: found.id, runName: found.name, plan: { ...run.plan, identity: found.identity } },
    spec: {
      ...run.spec,
      settings: { ...settings, training: { ...settings.training, evaluateEvery, evaluationTokens } },
    },
  };
}

function withRecord(run: PlannedRun, records: RunRecords): PlannedRun {
  return {
    ...run,
    known: records.of(run.runName).record,
    parent: run.parent && withRecord(run.parent, records),
  };
}

/** The runs still to do, each once, without those that would diverge again; a parent comes before the first run that starts from it. */
export function runsToDo(planned: readonly PlannedRun[]): PlannedRun[] {
  const withThoseBefore = (run: PlannedRun): PlannedRun[] =>
    isUnfinished(run) ? [...parentOf(run).flatMap(withThoseBefore), run] : [];
  return distinct(planned.flatMap(withThoseBefore));
}

/** All runs, each once: those of the variants, and the parents that are there or that a run still to do needs. */
export function runsWithParents(planned: readonly PlannedRun[]): PlannedRun[] {
  const withThoseBefore = (run: PlannedRun): PlannedRun[] => {
    const isSuperfluous = (parent: PlannedRun): boolean => isUnfinished(parent) && !isUnfinished(run);
    const parents = parentOf(run).filter((parent) => !isSuperfluous(parent));
    return [...parents.flatMap(withThoseBefore), run];
  };
  return distinct(planned.flatMap(withThoseBefore));
}

function parentOf({ parent }: PlannedRun): PlannedRun[] {
  return parent === null ? [] : [parent];
}

function isUnfinished({ known }: PlannedRun): boolean {
  return known?.status !== "finished" && known?.status !== "diverged";
}

function distinct(runs: readonly PlannedRun[]): PlannedRun[] {
  const names = runs.map((run) => run.runName);
  return runs.filter((run, index) => names.indexOf(run.runName) === index);
}

/** Loads each distinct corpus once. */
export function corpusCache(load: (data: DataSettings) => Corpus): (data: DataSettings) => Corpus {
  const loaded = new Map<string, Corpus>();
  return (data) => {
    const key = hashJson(data);
    const corpus = loaded.get(key) ?? load(data);
    loaded.set(key, corpus);
    return corpus;
  };
}
