import { summarise } from "../analysis/summary.ts";
import type { Summary } from "../analysis/summary.ts";
import { smallestEffectOfLooks } from "../analysis/power.ts";
import { takeLook } from "../analysis/look-plan.ts";
import { EXIT, InputError } from "../core/errors.ts";
import { runsToDo } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { writeLooks } from "../store/looks.ts";
import type { Look, Procedure } from "../records/looks.ts";
import { estimateRuns } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import { finish, sayInterrupted } from "./finish.ts";
import { formatDuration, plural } from "./format.ts";
import { openVariants, runsOf } from "./goes-on.ts";
import { comparedVariants, payingLooks, planUntilDecided, recordWith } from "./looks.ts";
import { resultsOf } from "./results.ts";
import type { RunOptions } from "./run-options.ts";
import type { RunRequest } from "./run-request.ts";
import { speedsOf } from "./speeds.ts";
import { sweep } from "./sweep.ts";
import type { SweepResult } from "./sweep.ts";

/** Why a procedure ends. */
type End = "decided" | "no look left" | "no seeds left" | "no minutes left";

/**
 * `run --until-decided`: trains look by look until every variant has a verdict, or the plan or the budget ends. The plan is written
 * before the first look. A variant with a verdict gets no more seeds; the baseline goes on as long as anybody needs it.
 * @returns the exit code.
 * @throws InputError before anything is written, for a request that can't be.
 */
export async function runUntilDecided(request: RunRequest): Promise<number> {
  const { book, options, context, folder } = request;
  const { io } = context;
  if (comparedVariants(context.experiment).length === 0) {
    throw new InputError(
      "--until-decided: the experiment has no variant but its baseline, so there is nothing to decide",
    );
  }
  let procedure = planUntilDecided(book, context.experiment, options);
  if (options.dryRun) return printPlan(request, procedure);
  const started = performance.now();
  const failures: SweepResult["failures"][number][] = [];
  let step = await nextStep(request, procedure, started);
  if (step.kind !== "look" && procedure.taken === 0) refuseStart(step.kind, options);
  if (step.kind === "look") {
    // Before the first look: what is planned now can't be chosen by what is seen.
    writeLooks(folder, recordWith(book, procedure));
    io.stderr(`${planWords(procedure)}\n`);
  }
  while (step.kind === "look") {
    io.stderr(`${lookWords(procedure, step.look, step.open)}: ${plural(step.todo.length, "run")} to do\n`);
    const swept = await sweep(context, step.todo);
    failures.push(...swept.failures);
    if (swept.interrupted) return sayInterrupted({ io, planned: step.runs }, step.todo, swept);
    procedure = takeLook(procedure, step.look.seeds);
    writeLooks(folder, recordWith(book, procedure));
    io.stderr(`${verdictWords(summaryAt(request, procedure))}\n`);
    step = await nextStep(request, procedure, started);
  }
  if (step.kind !== "decided") io.stderr(`stopped: ${step.kind}\n`);
  const seeds = procedure.looks[procedure.taken - 1]?.seeds ?? [];
  const planned = request.plan(seeds);
  const last = { ...context, experiment: { ...context.experiment, seeds }, planned };
  const speeds = await speedsOf(last);
  if (speeds === "interrupted") {
    return sayInterrupted({ io, planned }, [], { interrupted: true, finished: 0, stopped: 0, failures });
  }
  return finish({ ...request, context: last, asked: planned.filter(isThere), procedure, speeds, failures });
}

/** A run that has been worked on; others were never asked for, since their variant had its verdict. */
function isThere({ known }: PlannedRun): boolean {
  return known !== null;
}

type Step =
  | {
      readonly kind: "look";
      readonly look: Look;
      readonly open: readonly string[];
      readonly runs: readonly PlannedRun[];
      readonly todo: readonly PlannedRun[];
    }
  | { readonly kind: End };

async function nextStep(request: RunRequest, procedure: Procedure, started: number): Promise<Step> {
  const { context, options, plan } = request;
  const open = openNow(request, procedure);
  if (open.length === 0) return { kind: "decided" };
  const look = payingLooks(procedure)[procedure.taken];
  if (look === undefined) return { kind: "no look left" };
  if (options.maxSeeds !== null && look.seeds.length > options.maxSeeds) return { kind: "no seeds left" };
  const runs = runsOf(plan(look.seeds), open, context.experiment);
  const todo = runsToDo(runs);
  if (options.maxMinutes !== null && todo.length > 0) {
    const estimate = await estimateRuns(context, plan(context.experiment.seeds));
    const elapsed = (performance.now() - started) / 1000;
    if (elapsed + estimate.secondsOfAll(todo) > 60 * options.maxMinutes) return { kind: "no minutes left" };
  }
  return { kind: "look", look, open, runs, todo };
}

function openNow(request: RunRequest, procedure: Procedure): string[] {
  return procedure.taken === 0
    ? comparedVariants(request.context.experiment)
    : openVariants(summaryAt(request, procedure));
}

/** The statistics after the looks taken so far. */
function summaryAt({ context, plan, book }: RunRequest, procedure: Procedure): Summary {
  const seeds = procedure.looks[procedure.taken - 1]?.seeds ?? [];
  const planned = plan(seeds);
  const at = { ...context, experiment: { ...context.experiment, seeds }, planned };
  return summarise({ ...resultsOf(at, null, planned.filter(isThere)), looks: recordWith(book, procedure) });
}

/** Says why not even one look can be taken. @throws InputError */
function refuseStart(end: End, { maxMinutes, maxSeeds }: RunOptions): never {
  throw new InputError(
    end === "no minutes left"
      ? `--max-minutes ${maxMinutes}: the first look alone takes longer (--dry-run says how long); give more minutes, or plan more and smaller looks with --looks`
      : `--max-seeds ${maxSeeds}: the first look that is planned has more; give more`,
  );
}

/** `plan: 4 looks at 8, 16, 24, 32 seeds, ...`. */
function planWords(procedure: Procedure): string {
  const looks = payingLooks(procedure);
  const sizes = looks.map(({ seeds }) => seeds.length).join(", ");
  const share = (100 * procedure.alpha) / looks.length;
  const effect = smallestEffectOfLooks(
    looks.map(({ seeds, level }) => ({ n: seeds.length, level: level ?? 0 })),
  );
  return (
    `plan: ${plural(looks.length, "look")} at ${sizes} seeds, each for ${share.toFixed(2)} of ${100 * procedure.alpha} % false positives; ` +
    `to the last one it finds differences of ${effect.toFixed(2)} standard deviations between pairs (80 % power, one comparison)`
  );
}

function lookWords(procedure: Procedure, look: Look, open: readonly string[]): string {
  return `look ${procedure.taken + 1} of ${payingLooks(procedure).length}: ${plural(look.seeds.length, "seed")} of ${open.join(", ")}`;
}

function verdictWords({ rows }: Summary): string {
  const words = rows.flatMap(({ variant, comparison }) =>
    comparison === null ? [] : [`${variant} ${comparison.verdict ?? "without a verdict"}`],
  );
  return `verdicts: ${words.join(", ")}`;
}

/** `--dry-run`: the looks that are left, with the price of each if no variant gets its verdict before. */
async function printPlan(request: RunRequest, procedure: Procedure): Promise<number> {
  const { context, plan, options } = request;
  const { io, experiment } = context;
  const open = openNow(request, procedure);
  const looks = payingLooks(procedure);
  const estimate: Estimate = await estimateRuns(context, plan(looks.at(-1)?.seeds ?? experiment.seeds));
  let before = new Set<string>();
  const rows = looks.map(({ seeds, level }, index) => {
    const todo = runsToDo(runsOf(plan(seeds), open, experiment)).filter(
      ({ runName }) => !before.has(runName),
    );
    before = new Set([...before, ...todo.map(({ runName }) => runName)]);
    const isTaken = index < procedure.taken;
    return { seeds, level, isTaken, runs: todo.length, seconds: estimate.secondsOfAll(todo) };
  });
  const { name, tier } = experiment;
  if (options.json) {
    const plan = {
      experiment: name,
      tier,
      alpha: procedure.alpha,
      looks: rows,
      estimatedFrom: estimate.source,
    };
    io.stdout(`${JSON.stringify(plan, null, 2)}\n`);
    return EXIT.done;
  }
  io.stdout(`${planWords(procedure)}\n`);
  for (const [index, { seeds, level, isTaken, runs, seconds }] of rows.entries()) {
    io.stdout(
      `look ${index + 1}: ${plural(seeds.length, "seed")}, p against ${(level ?? 0).toFixed(4)}: ` +
        `${isTaken ? "taken" : `${plural(runs, "run")}, about ${formatDuration(seconds)}`}\n`,
    );
  }
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  io.stdout(
    `at most ${plural(sum(rows.map((row) => row.runs)), "run")}, about ` +
      `${formatDuration(sum(rows.map((row) => row.seconds)))}; variants with a verdict get no more seeds. Times from ${estimate.source}\n`,
  );
  return EXIT.done;
}
