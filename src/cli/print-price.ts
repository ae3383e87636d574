import { plural } from "../core/plural.ts";
import type { LooksPrice, RunsPrice } from "../sweep/dry-run.ts";
import type { Session } from "../sweep/session.ts";
import { aboutDuration, formatCount, formatDuration, titleOf } from "./format.ts";
import type { CommandIO } from "./io.ts";
import { planOfLooks } from "./run-messages.ts";

/** `run --dry-run`: what the command would train, and what it would take. */
export function printRunsPrice(session: Session, price: RunsPrice, json: boolean, io: CommandIO): void {
  const { experiment, jobs, worker } = session;
  const { parents, variants, total, measured, estimatedFrom } = price;
  const { threads } = worker;
  if (json) {
    const { name, tier, seeds } = experiment;
    const head = { experiment: name, tier, seeds, jobs, threads, estimatedFrom, measured };
    io.stdout(`${JSON.stringify({ ...head, parents, variants, total }, null, 2)}\n`);
    return;
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
      `${formatCount(total.flops)}FLOP, ${aboutDuration(total.seconds)} with ${plural(jobs, "process")}` +
      ` of ${plural(threads, "thread")}, ${formatCount(total.bytes)}B on disk\n`,
  );
  io.stderr(
    measured === null
      ? `time: from this experiment's finished runs, and FLOPs for variants that have none\n`
      : `time: from ${formatCount(measured.trainTokensPerSecond)} tokens/s, measured now on the baseline alone, and FLOPs for the ` +
          `other variants; the real one will differ, by tens of percent when processes compete for memory\n`,
  );
}

/** `run --until-decided --dry-run`: the looks that are left, with the price of each if no variant gets its verdict before. */
export function printLooksPrice(
  { experiment }: Session,
  { procedure, looks, estimatedFrom }: LooksPrice,
  json: boolean,
  io: CommandIO,
): void {
  const { name, tier } = experiment;
  if (json) {
    const value = { experiment: name, tier, alpha: procedure.alpha, looks, estimatedFrom };
    io.stdout(`${JSON.stringify(value, null, 2)}\n`);
    return;
  }
  io.stdout(`${planOfLooks(procedure)}\n`);
  for (const [index, { seeds, level, isTaken, runs, seconds }] of looks.entries()) {
    io.stdout(
      `look ${index + 1}: ${plural(seeds.length, "seed")}, p against ${(level ?? 0).toFixed(4)}: ` +
        `${isTaken ? "taken" : `${plural(runs, "run")}, ${aboutDuration(seconds)}`}\n`,
    );
  }
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  io.stdout(
    `at most ${plural(sum(looks.map((look) => look.runs)), "run")}, about ` +
      `${formatDuration(sum(looks.map((look) => look.seconds)))}; variants with a verdict get no more seeds. Times from ${estimatedFrom}\n`,
  );
}
