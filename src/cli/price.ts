import { EXIT, InputError, messageOf } from "../core/errors.ts";
import { runsToDo } from "../exec/plan.ts";
import { priceRun } from "../exec/price.ts";
import { measureSpeeds } from "../exec/timing.ts";
import type { RunContext } from "./context.ts";
import { formatCount, formatDuration, plural, titleOf } from "./format.ts";

/** A few steps are enough for an estimate. */
const MEASURE = { rounds: 8, maxSeconds: 4 } as const;

/**
 * `run --dry-run`: what the command would do, and what it would take. Measures the baseline's step for a moment; nothing
 * is trained and nothing written below `--out`.
 */
export async function printPrice(context: RunContext, json: boolean): Promise<number> {
  const { io, experiment, planned, jobs, threads } = context;
  const todo = runsToDo(planned);
  const baseline = planned.find((run) => run.variant === experiment.baseline);
  if (baseline === undefined) throw new Error(`no run of the baseline ${experiment.baseline}`);
  const trainTokensPerSecond = await measure(context, baseline.arm);
  const measured = { trainTokensPerSecond, forwardFlopsPerToken: baseline.plan.cost.forwardFlopsPerToken };

  const variants = experiment.variants.map(({ name }) => {
    const runs = planned.filter((run) => run.variant === name);
    const mine = todo.filter((run) => run.variant === name);
    const [first = baseline] = runs;
    const price = priceRun(first, measured);
    const { steps } = first.plan.identity.settings.training;
    return { name, runs: runs.length, toDo: mine.length, steps, cost: first.plan.cost, perRun: price };
  });
  const prices = todo.map((run) => ({ run, price: priceRun(run, measured) }));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const total = {
    runs: new Set(planned.map((run) => run.runName)).size,
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
      `${JSON.stringify({ experiment: name, tier, seeds, jobs, threads, measured, variants, total }, null, 2)}\n`,
    );
    return EXIT.done;
  }
  const width = Math.max(...variants.map((variant) => variant.name.length));
  for (const { name, toDo, runs, steps, cost, perRun } of variants) {
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

async function measure(
  context: RunContext,
  arm: Parameters<typeof measureSpeeds>[0][number],
): Promise<number> {
  const { workerFile, engine, threads, cacheFolder } = context;
  try {
    const [speed] = await measureSpeeds(
      [arm],
      { workerFile, worker: { engine, threads, cacheFolder } },
      MEASURE,
    );
    return speed ?? NaN;
  } catch (error) {
    throw new InputError(`the baseline's step can't be run here: ${messageOf(error)}`);
  }
}

/** Share of a run's steps that its checkpoint saves. */
function shareDone({ known, plan }: RunContext["planned"][number]): number {
  return known === null ? 0 : known.stepsDone / plan.identity.settings.training.steps;
}
