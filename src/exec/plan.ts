import { join } from "node:path";
import { parentRunSettings } from "../config/parent.ts";
import type { DataSettings, Experiment, Settings } from "../config/settings.ts";
import { hashJson } from "../core/json.ts";
import type { Corpus } from "../data/types.ts";
import { runIdOf, runNameOf } from "../store/identity.ts";
import { readRun } from "../store/read-run.ts";
import type { RunRecord } from "../records/run.ts";
import type { RunPlan } from "../store/write-run.ts";
import { planRun } from "./arm.ts";
import type { CostOf } from "./arm.ts";
import type { ArmSpec } from "./messages.ts";
import type { LoadedRouter } from "./user-router.ts";

/** One run that an experiment asks for. */
export interface PlannedRun {
  /** Name of the variant; of a parent, `parent (<its router>, <n> steps)`. */
  readonly variant: string;
  readonly seed: number;
  readonly runId: string;
  readonly runName: string;
  readonly plan: RunPlan;
  readonly arm: ArmSpec;
  /** What is there of it already. */
  readonly known: RunRecord | null;
  /** The run that it starts from; null for one that starts at random. */
  readonly parent: PlannedRun | null;
}

/** What planning needs from elsewhere. */
export interface PlanSources {
  readonly findRouter: (name: string) => LoadedRouter;
  readonly corpusOf: (data: DataSettings) => Pick<Corpus, "hash" | "vocabulary">;
  readonly costOf: CostOf;
  readonly runsFolder: string;
}

/**
 * All runs of an experiment, seed by seed, so that an interrupted sweep has complete pairs. Two variants that compute
 * the same name the same run.
 */
export function planRuns(experiment: Experiment, sources: PlanSources): PlannedRun[] {
  return experiment.seeds.flatMap((seed) =>
    experiment.variants.map(({ name, settings }) => planOne(name, settings, seed, sources)),
  );
}

function planOne(variant: string, settings: Settings, seed: number, sources: PlanSources): PlannedRun {
  const parent =
    settings.parent &&
    planOne(
      `parent (${settings.parent.router.name}, ${settings.parent.training.steps} steps)`,
      parentRunSettings(settings.parent),
      settings.parent.seed ?? seed,
      sources,
    );
  const loaded = sources.findRouter(settings.router.name);
  const corpus = sources.corpusOf(settings.data);
  const plan = planRun(settings, seed, loaded, corpus, sources.costOf, parent && parent.plan.identity);
  const runName = runNameOf(plan.identity);
  return {
    variant,
    seed,
    runId: runIdOf(plan.identity),
    runName,
    plan,
    arm: { settings, routerFile: loaded.file, parent: parent && parent.arm },
    known: readRun(join(sources.runsFolder, runName)),
    parent,
  };
}

/** The runs still to do, each once; a parent comes before the first run that starts from it. */
export function runsToDo(planned: readonly PlannedRun[]): PlannedRun[] {
  return distinct(
    planned.filter(isUnfinished).flatMap((run) => [...parentOf(run).filter(isUnfinished), run]),
  );
}

/** All runs, each once: those of the variants, and the parents that are there or that a run still to do needs. */
export function runsWithParents(planned: readonly PlannedRun[]): PlannedRun[] {
  return distinct(
    planned.flatMap((run) => {
      const isSuperfluous = (parent: PlannedRun): boolean => isUnfinished(parent) && !isUnfinished(run);
      return [...parentOf(run).filter((parent) => !isSuperfluous(parent)), run];
    }),
  );
}

function parentOf({ parent }: PlannedRun): PlannedRun[] {
  return parent === null ? [] : [parent];
}

function isUnfinished({ known }: PlannedRun): boolean {
  return known?.status !== "finished";
}

function distinct(runs: readonly PlannedRun[]): PlannedRun[] {
  const names = runs.map((run) => run.runName);
  return runs.filter((run, index) => names.indexOf(run.runName) === index);
}

/** Loads each distinct corpus once. */
export function corpusShelf(load: (data: DataSettings) => Corpus): (data: DataSettings) => Corpus {
  const shelf = new Map<string, Corpus>();
  return (data) => {
    const key = hashJson(data);
    const corpus = shelf.get(key) ?? load(data);
    shelf.set(key, corpus);
    return corpus;
  };
}
