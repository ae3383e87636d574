import { baselineOf } from "../config/grid.ts";
import type { Experiment } from "../config/settings.ts";
import { evenSteps } from "../analysis/look-plan.ts";
import type { Summary } from "../analysis/summary.ts";
import { isOpen } from "../analysis/verdict.ts";
import { runsToDo } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import type { Procedure } from "../records/looks.ts";
import { DEFAULT_LOOKS, payingLooks } from "./looks.ts";
import type { NextStep, StepPrice } from "./outcome.ts";
import { priceFromRuns } from "./price.ts";
import type { Session } from "./session.ts";

/** Compared variants that need more seeds, as far as any of their runs could be finished. */
export function openVariants({ rows }: Pick<Summary, "rows">): string[] {
  return rows
    .filter(({ comparedWith, comparison }) => comparedWith !== null && comparison !== null)
    .filter(({ comparison }) => isOpen(comparison?.verdict ?? null))
    .map(({ variant }) => variant);
}

/** Runs of some variants and of the baselines that they are compared with. */
export function runsOf(
  runs: readonly PlannedRun[],
  variants: readonly string[],
  experiment: Experiment,
): PlannedRun[] {
  const active = new Set(variants.flatMap((name) => [name, baselineOf(experiment, name)]));
  return runs.filter(({ variant }) => active.has(variant));
}

/**
 * For an answer with undecided variants: the request that goes on, and its price.
 * @param after the answer's summary, the looks that it belongs to, and the seeds that it was made from.
 * @returns null when everything is decided.
 */
export function nextStep(
  session: Session,
  after: { readonly summary: Summary; readonly procedure: Procedure; readonly seeds: readonly number[] },
): NextStep | null {
  const { request, experiment, looks, runsAt } = session;
  const { summary, procedure } = after;
  const undecided = openVariants(summary);
  if (undecided.length === 0) return null;
  const price = priceFromRuns(session, runsAt(after.seeds));
  const priceOf = (seeds: readonly number[]): StepPrice => {
    const runs = runsToDo(runsOf(runsAt(seeds), undecided, experiment));
    return { runs: runs.length, seconds: price === null ? null : price.secondsOfAll(runs) };
  };
  const onward = { ...request, seeds: null, looks: null, maxSeeds: null, untilDecided: true };
  const ahead = payingLooks(procedure).slice(procedure.taken);
  const [next, last = next] = [ahead[0], ahead.at(-1)];
  if (next !== undefined && last !== undefined) {
    const prices = { price: priceOf(next.seeds), atMost: priceOf(last.seeds) };
    return { kind: "look", undecided, request: onward, ...prices };
  }
  const used = procedure.looks.flatMap(({ seeds }) => seeds);
  const firstSeed = Math.max(looks.freeSeed, Math.max(...used) + 1);
  const fresh = Array.from({ length: looks.seedCount }, (_, index) => firstSeed + index);
  const steps = evenSteps(fresh, DEFAULT_LOOKS, DEFAULT_LOOKS * looks.seedCount);
  const isAll = undecided.length === summary.rows.filter(({ comparedWith }) => comparedWith !== null).length;
  return {
    ...{ kind: "anew", undecided },
    request: { ...onward, firstSeed, ...(!isAll && { only: undecided }) },
    ...{ price: priceOf(steps[0] ?? fresh), atMost: priceOf(steps.at(-1) ?? fresh) },
  };
}
