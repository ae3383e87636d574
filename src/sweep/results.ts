import type { PlannedRun } from "../exec/plan.ts";
import { collectResults, collectRows } from "../store/collect.ts";
import type { Collected, NamedFacts } from "../store/collect.ts";
import type { ExperimentResults } from "../records/experiment.ts";
import type { Asked } from "./session.ts";
import type { Speeds } from "./speeds.ts";

/** The runs that results are made from. */
export interface ResultRuns {
  readonly seeds: readonly number[];
  /** Those that rows are made of; the results know every variant, also one without any. */
  readonly isShown: (run: PlannedRun) => boolean;
}

/** An experiment's results from its run folders and the timing pass. */
export function resultsOf(session: Asked, runs: ResultRuns, speeds: Speeds): ExperimentResults {
  return collectResults(sourcesOf(session, runs, speeds), session.runsFolder);
}

/** The part of the results that statistics are made from. */
export function rowsOf(session: Asked, runs: ResultRuns): Pick<ExperimentResults, "record" | "runs"> {
  return collectRows(sourcesOf(session, runs, null));
}

function sourcesOf(session: Asked, { seeds, isShown }: ResultRuns, speeds: Speeds): Collected {
  const planned = session.runsAt(seeds);
  const facts = planned.map(({ variant, plan }): readonly [string, NamedFacts] => {
    const { cost, causal, seesLabels, solved, identity } = plan;
    const trainTokensPerSecond = speeds?.get(variant) ?? null;
    const labels = seesLabels && { seesLabels };
    const routerName = identity.settings.router.name;
    return [variant, { routerName, cost, causal, ...labels, solved, trainTokensPerSecond }];
  });
  return {
    experiment: { ...session.experiment, seeds },
    facts: Object.fromEntries(facts),
    asked: planned.filter(isShown),
  };
}
