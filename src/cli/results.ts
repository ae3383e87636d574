import type { PlannedRun } from "../exec/plan.ts";
import { collectResults } from "../store/collect.ts";
import type { NamedFacts } from "../store/collect.ts";
import type { ExperimentResults } from "../records/experiment.ts";
import type { RunContext } from "./context.ts";
import type { Speeds } from "./speeds.ts";

/**
 * An experiment's results from its run folders and the timing pass.
 * @param asked runs that rows are made of; all that are planned when not given.
 */
export function resultsOf(
  { experiment, planned, runsFolder }: RunContext,
  speeds: Speeds,
  asked: readonly PlannedRun[] = planned,
): ExperimentResults {
  const facts = new Map<string, NamedFacts>();
  for (const { variant, plan } of planned) {
    const { cost, causal, solved, identity } = plan;
    const trainTokensPerSecond = speeds?.get(variant) ?? null;
    facts.set(variant, {
      routerName: identity.settings.router.name,
      cost,
      causal,
      solved,
      trainTokensPerSecond,
    });
  }
  return collectResults(experiment, Object.fromEntries(facts), asked, runsFolder);
}
