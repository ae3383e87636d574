import { runsToDo, runsWithParents } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { measuredCost } from "../model/cost.ts";
import type { Cost } from "../records/cost.ts";
import type { Procedure } from "../records/looks.ts";
import { fixedSeeds } from "./fixed-seeds.ts";
import { payingLooks } from "./looks.ts";
import { runsOf } from "./next-step.ts";
import { priceRuns } from "./price.ts";
import type { MeasuredSpeed, Price } from "./price.ts";
import { recipeSessions } from "./recipes.ts";
import { runBytes, runFlops } from "./run-cost.ts";
import { baselineRun } from "./session.ts";
import type { Session } from "./session.ts";
import { budgetNote } from "../exec/time-budget.ts";
import { plannedLooks, undecidedAfter } from "./until-decided.ts";

/** Runs of one kind and price. */
interface PricedRuns {
  /** Of the variant; under a recipe `variant (recipe)`. */
  readonly name: string;
  readonly runs: number;
  readonly toDo: number;
  readonly steps: number;
  readonly cost: Cost;
  readonly perRun: { readonly flops: number; readonly seconds: number; readonly bytes: number };
}

/** What a `run` would train, and what it would take. */
export interface RunsPrice {
  readonly estimatedFrom: Price["source"];
  readonly measured: MeasuredSpeed | null;
  readonly parents: readonly PricedRuns[];
  readonly variants: readonly PricedRuns[];
  readonly total: {
    readonly runs: number;
    readonly toDo: number;
    readonly flops: number;
    readonly seconds: number;
    readonly bytes: number;
  };
}

/** A planned look and its price if no variant gets its verdict before. */
interface PricedLook {
  readonly seeds: readonly number[];
  readonly level: number | null;
  readonly isTaken: boolean;
  readonly runs: number;
  readonly seconds: number;
}

/** The looks of `--until-decided` with their prices. */
export interface LooksPrice {
  readonly estimatedFrom: Price["source"];
  readonly procedure: Procedure;
  readonly looks: readonly PricedLook[];
}

/** Prices the request: its seeds, and its recipes with them. Nothing is trained and nothing written below `--out`. */
export async function priceFixedSeeds(session: Session): Promise<RunsPrice> {
  const { asked } = fixedSeeds(session);
  const { minutes } = session.budget;
  if (minutes !== null) session.tell({ type: "note", text: budgetNote(minutes) });
  const recipes = recipeSessions(session);
  const named = (name: string, runs: readonly PlannedRun[]): PlannedRun[] =>
    runs.filter(({ variant }) => variant === name);
  const groups = [
    ...session.experiment.variants.map(({ name }) => ({ name, runs: named(name, asked) })),
    ...recipes.flatMap(({ recipe, session: { experiment }, fixed }) =>
      experiment.variants.map(({ name }) => ({
        name: `${name} (${recipe})`,
        runs: named(name, fixed.asked),
      })),
    ),
  ];
  const planned = [asked, ...recipes.map(({ fixed }) => fixed.asked)].flat();
  const todo = runsToDo(planned);
  const price = await priceRuns(session, planned);
  const keepsWeights = !session.request.withoutWeights;
  const baseline = baselineRun(session.experiment, session.runsAt);
  const priced = (name: string, runs: readonly PlannedRun[]): PricedRuns =>
    pricedRuns({ name, runs, todo, price, keepsWeights }, runs[0] ?? baseline);
  return {
    ...{ estimatedFrom: price.source, measured: price.measured },
    parents: parentGroups(planned).map((runs) => priced(runs[0]?.variant ?? "", runs)),
    variants: groups.map(({ name, runs }) => priced(name, runs)),
    total: {
      runs: runsWithParents(planned).length,
      toDo: todo.length,
      flops: sum(todo.map(runFlops)),
      seconds: price.secondsOfAll(todo),
      bytes: sum(todo.map((run) => runBytes(run, keepsWeights))),
    },
  };
}

/** Prices the looks of `--until-decided`. @throws InputError for a request that can't be. */
export async function priceLooks(session: Session): Promise<LooksPrice> {
  const { experiment, runsAt } = session;
  const procedure = plannedLooks(session);
  const open = undecidedAfter(session, procedure);
  const looks = payingLooks(procedure);
  const price = await priceRuns(session, runsAt(looks.at(-1)?.seeds ?? experiment.seeds));
  let before = new Set<string>();
  const rows = looks.map(({ seeds, level }, index): PricedLook => {
    const todo = runsToDo(runsOf(runsAt(seeds), open, experiment)).filter(
      ({ runName }) => !before.has(runName),
    );
    before = new Set([...before, ...todo.map(({ runName }) => runName)]);
    const isTaken = index < procedure.taken;
    return { seeds, level, isTaken, runs: todo.length, seconds: price.secondsOfAll(todo) };
  });
  return { estimatedFrom: price.source, procedure, looks: rows };
}

/** @param first a run of the kind. */
function pricedRuns(
  group: {
    readonly name: string;
    readonly runs: readonly PlannedRun[];
    readonly todo: readonly PlannedRun[];
    readonly price: Price;
    readonly keepsWeights: boolean;
  },
  first: PlannedRun,
): PricedRuns {
  const { name, runs, todo, price, keepsWeights } = group;
  const { settings } = first.plan.identity;
  const counted = runs.find(({ known }) => known?.expertsPerToken !== undefined);
  const mine = todo.filter(({ runName }) => runs.some((run) => run.runName === runName));
  return {
    ...{ name, runs: runs.length, toDo: mine.length },
    steps: settings.training.steps,
    cost: measuredCost(first.plan.cost, settings.model, counted?.known?.expertsPerToken),
    perRun: { flops: runFlops(first), seconds: price.secondsOf(first), bytes: runBytes(first, keepsWeights) },
  };
}

/** Parents that are no variants themselves, those of equal price together. */
function parentGroups(planned: readonly PlannedRun[]): PlannedRun[][] {
  const variants = new Set(planned.map((run) => run.runName));
  const groups = new Map<string, PlannedRun[]>();
  for (const run of runsWithParents(planned).filter(({ runName }) => !variants.has(runName))) {
    const key = JSON.stringify([run.variant, runFlops(run), run.plan.cost]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
