import { join } from "node:path";
import type { DataSettings, Experiment, Variant } from "../config/settings.ts";
import { hashJson } from "../core/json.ts";
import type { Corpus } from "../data/types.ts";
import { runIdOf, runNameOf } from "../store/identity.ts";
import { readRun } from "../store/read-run.ts";
import type { RunRecord } from "../store/records.ts";
import type { RunPlan } from "../store/write-run.ts";
import { planRun } from "./arm.ts";
import type { CostOf } from "./arm.ts";
import type { ArmSpec } from "./messages.ts";
import type { LoadedRouter } from "./user-router.ts";

/** One run that an experiment asks for. */
export interface PlannedRun {
  readonly variant: string;
  readonly seed: number;
  readonly runId: string;
  readonly runName: string;
  readonly plan: RunPlan;
  readonly arm: ArmSpec;
  /** What is there of it already. */
  readonly known: RunRecord | null;
}

/** What planning needs from elsewhere. */
export interface PlanSources {
  readonly findRouter: (name: string) => LoadedRouter;
  readonly corpusOf: (variant: Variant) => Pick<Corpus, "hash" | "vocabulary">;
  readonly costOf: CostOf;
  readonly runsFolder: string;
}

/**
 * All runs of an experiment, seed by seed, so that an interrupted sweep has complete pairs. Two variants that compute
 * the same name the same run.
 */
export function planRuns(experiment: Experiment, sources: PlanSources): PlannedRun[] {
  return experiment.seeds.flatMap((seed) =>
    experiment.variants.map((variant) => {
      const loaded = sources.findRouter(variant.settings.router.name);
      const plan = planRun(variant.settings, seed, loaded, sources.corpusOf(variant), sources.costOf);
      const runName = runNameOf(plan.identity);
      return {
        variant: variant.name,
        seed,
        runId: runIdOf(plan.identity),
        runName,
        plan,
        arm: { settings: variant.settings, routerFile: loaded.file },
        known: readRun(join(sources.runsFolder, runName)),
      };
    }),
  );
}

/** The runs still to do, each once. */
export function runsToDo(planned: readonly PlannedRun[]): PlannedRun[] {
  const unfinished = planned.filter((run) => run.known?.status !== "finished");
  const names = unfinished.map((run) => run.runName);
  return unfinished.filter((run, index) => names.indexOf(run.runName) === index);
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
