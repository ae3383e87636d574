import { takeLook } from "../analysis/look-plan.ts";
import { summarise } from "../analysis/summary.ts";
import type { Summary } from "../analysis/summary.ts";
import { InputError } from "../core/errors.ts";
import { runsToDo } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { writeLooks } from "../store/looks.ts";
import type { Look, Procedure } from "../records/looks.ts";
import { finishExperiment } from "./answer.ts";
import type { SweepEvent } from "./events.ts";
import { comparedVariants, payingLooks, planUntilDecided, recordWith } from "./looks.ts";
import { openVariants, runsOf } from "./next-step.ts";
import { interruption } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { priceRuns } from "./price.ts";
import { rowsOf } from "./results.ts";
import type { RunRequest } from "./run-flags.ts";
import type { Failure } from "./run-info.ts";
import type { Session } from "./session.ts";
import { measureSpeeds } from "./speeds.ts";
import { trainRuns } from "./train-runs.ts";

/** Why a procedure ends. */
type End = "decided" | Extract<SweepEvent, { type: "looks-ended" }>["reason"];

/** The next look, or why there is none. */
type Step =
  | {
      readonly kind: "look";
      readonly look: Look;
      readonly runs: readonly PlannedRun[];
      readonly todo: readonly PlannedRun[];
    }
  | { readonly kind: End };

/** The looks of `--until-decided`. @throws InputError for a request that can't be. */
export function plannedLooks({ looks, experiment, request }: Session): Procedure {
  if (comparedVariants(experiment).length === 0) {
    throw new InputError(
      "--until-decided: the experiment has no variant but its baseline, so there is nothing to decide",
    );
  }
  return planUntilDecided(looks, experiment, request);
}

/**
 * Trains look by look until every variant has a verdict, or the plan or the budget ends. The plan is written before the first look. A
 * variant with a verdict gets no more seeds; the baseline goes on as long as anybody needs it.
 * @throws InputError before anything is written, for a request that can't be.
 */
export async function runUntilDecided(session: Session): Promise<Outcome> {
  const { looks, request, folder, tell } = session;
  let procedure = plannedLooks(session);
  const started = performance.now();
  const failures: Failure[] = [];
  let open = undecidedAfter(session, procedure);
  let step = await nextLook(session, { procedure, open, started });
  if (step.kind !== "look" && procedure.taken === 0) refuseStart(step.kind, request);
  if (step.kind === "look") {
    // Before the first look: what is planned now can't be chosen by what is seen.
    writeLooks(folder, recordWith(looks, procedure));
    tell({ type: "looks-planned", procedure });
  }
  while (step.kind === "look") {
    tell(lookEvent(procedure, step, open));
    const trained = await trainRuns(session, step.todo);
    failures.push(...trained.failures);
    if (trained.interrupted) return interruption(step.runs, step.todo, trained);
    procedure = takeLook(procedure, step.look.seeds);
    writeLooks(folder, recordWith(looks, procedure));
    const summary = summaryAfter(session, procedure);
    tell({ type: "verdicts", rows: summary.rows });
    open = openVariants(summary);
    step = await nextLook(session, { procedure, open, started });
  }
  if (step.kind !== "decided") tell({ type: "looks-ended", reason: step.kind });
  const seeds = seedsOf(procedure);
  const runs = session.runsAt(seeds);
  const speeds = await measureSpeeds(session, runs);
  if (speeds === "interrupted") return interruption(runs, [], { finished: 0, stopped: 0 });
  return finishExperiment(session, { runs: { seeds, isShown: isThere }, speeds, failures, procedure });
}

/** Variants without a verdict after the looks taken so far. */
export function undecidedAfter(session: Session, procedure: Procedure): string[] {
  return procedure.taken === 0
    ? comparedVariants(session.experiment)
    : openVariants(summaryAfter(session, procedure));
}

/** A run that has been worked on; others were never asked for, since their variant had its verdict. */
function isThere({ known }: PlannedRun): boolean {
  return known !== null;
}

function seedsOf(procedure: Procedure): readonly number[] {
  return procedure.looks[procedure.taken - 1]?.seeds ?? [];
}

/** The statistics after the looks taken so far. */
function summaryAfter(session: Session, procedure: Procedure): Summary {
  const rows = rowsOf(session, { seeds: seedsOf(procedure), isShown: isThere });
  return summarise({ ...rows, looks: recordWith(session.looks, procedure) });
}

async function nextLook(
  session: Session,
  at: { readonly procedure: Procedure; readonly open: readonly string[]; readonly started: number },
): Promise<Step> {
  const { request, runsAt, experiment } = session;
  if (at.open.length === 0) return { kind: "decided" };
  const look = payingLooks(at.procedure)[at.procedure.taken];
  if (look === undefined) return { kind: "no look left" };
  if (request.maxSeeds !== null && look.seeds.length > request.maxSeeds) return { kind: "no seeds left" };
  const runs = runsOf(runsAt(look.seeds), at.open, experiment);
  const todo = runsToDo(runs);
  if (request.maxMinutes !== null && todo.length > 0) {
    const price = await priceRuns(session, runsAt(experiment.seeds));
    const elapsed = (performance.now() - at.started) / 1000;
    if (elapsed + price.secondsOfAll(todo) > 60 * request.maxMinutes) return { kind: "no minutes left" };
  }
  return { kind: "look", look, runs, todo };
}

/** Says why not even one look can be taken. @throws InputError */
function refuseStart(end: End, { maxMinutes, maxSeeds }: RunRequest): never {
  throw new InputError(
    end === "no minutes left"
      ? `--max-minutes ${maxMinutes}: the first look alone takes longer (--dry-run says how long); give more minutes, or plan more and smaller looks with --looks`
      : `--max-seeds ${maxSeeds}: the first look that is planned has more; give more`,
  );
}

function lookEvent(
  procedure: Procedure,
  { look, todo }: Extract<Step, { kind: "look" }>,
  variants: readonly string[],
): SweepEvent {
  return {
    ...{ type: "look", number: procedure.taken + 1, planned: payingLooks(procedure).length },
    ...{ seeds: look.seeds, variants, toDo: todo.length },
  };
}
