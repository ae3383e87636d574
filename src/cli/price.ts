import { EXIT } from "../core/errors.ts";
import { runsToDo, runsWithParents } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { priceRun, runFlops } from "../exec/price.ts";
import type { RunPrice } from "../exec/price.ts";
import type { Cost } from "../records/cost.ts";
import type { RunContext } from "./context.ts";
import { measureStep, shareDone } from "./estimate.ts";
import { formatCount, formatDuration, plural, titleOf } from "./format.ts";

/**
 * `run --dry-run`: what the command would do, and what it would take. Measures the baseline's step for a moment; nothing
 * is trained and nothing written below `--out`.
 */
export async function printPrice(context: RunContext, json: boolean): Promise<number> {
  const { io, experiment, planned, jobs, threads } = context;
  const todo = runsToDo(planned);
  const baseline = planned.find((run) => run.variant === experiment.baseline);
  if (baseline === undefined) throw new Error(`no run of the baseline ${experiment.baseline}`);
  const trainTokensPerSecond = await measureStep(context, baseline);
  const measured = { trainTokensPerSecond, forwardFlopsPerToken: baseline.plan.cost.forwardFlopsPerToken };

  const rowOf = (name: string, runs: readonly PlannedRun[]): PricedRow => {
    const mine = todo.filter(({ runName }) => runs.some((run) => run.runName === runName));
    const [first = baseline] = runs;
    const price = priceRun(first, measured);
    const { steps } = first.plan.identity.settings.training;
    return { name, runs: runs.length, toDo: mine.length, steps, cost: first.plan.cost, perRun: price };
  };
  const variants = experiment.variants.map(({ name }) =>
    rowOf(
      name,
      planned.filter((run) => run.variant === name),
    ),
  );
  const parents = parentGroups(planned).map((runs) => rowOf(runs[0]?.variant ?? "", runs));
  const prices = todo.map((run) => ({ run, price: priceRun(run, measured) }));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const total = {
    runs: runsWithParents(planned).length,
    toDo: todo.length,
    flops: sum(prices.map(({ price }) => price.flops)),
    seconds:
      sum(prices.map(({ price, run }) => price.seconds * (1 - shareDone(run)))) /
      Math.min(jobs, Math.max(1, todo.length)),
    bytes: sum(prices.map(({ price }) => price.bytes)),
  };
  if (json) {
    const { name, tier, seeds } = experiment;
    io.stdout(
      `${JSON.stringify({ experiment: name, tier, seeds, jobs, threads, measured, parents, variants, total }, null, 2)}\n`,
    );
    return EXIT.done;
  }
  const rows = [...parents, ...variants];
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const { name, toDo, runs, steps, cost, perRun } of rows) {
    io.stdout(
      `${name.padEnd(width)}  ${toDo} of ${plural(runs, "run")} to do, ${steps} steps; ` +
        `${formatCount(cost.totalParameters)} parameters (${formatCount(cost.activeParameters)} active), ` +
        `${formatCount(cost.forwardFlopsPerToken)}FLOP/token forward; ` +
        `a run: ${formatCount(perRun.flops)}FLOP, ${formatDuration(perRun.seconds)}\n`,
    );
  }
  io.stdout(
    `${titleOf(experiment)}: ${total.toDo} of ${plural(total.runs, "run")} to do, ` +
      `${formatCount(total.flops)}FLOP, about ${formatDuration(total.seconds)} with ${plural(jobs, "process")}` +
      ` of ${plural(threads, "thread")}, ${formatCount(total.bytes)}B on disk\n`,
  );
  io.stderr(
    `time: from ${formatCount(trainTokensPerSecond)} tokens/s, measured now on the baseline alone, and FLOPs for the ` +
      `other variants; the real one will differ, by tens of percent when processes compete for memory\n`,
  );
  return EXIT.done;
}

/** Runs of one kind and price. */
interface PricedRow {
  readonly name: string;
  readonly runs: number;
  readonly toDo: number;
  readonly steps: number;
  readonly cost: Cost;
  readonly perRun: RunPrice;
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
