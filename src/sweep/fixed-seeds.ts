import { runsToDo, runsWithParents } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { provenanceTag } from "../store/identity.ts";
import { finishExperiment } from "./answer.ts";
import { lookByHand, lookWarning, refuseOtherLooks, seedsToShow } from "./looks.ts";
import { interruption } from "./outcome.ts";
import type { Interrupted, Outcome } from "./outcome.ts";
import type { ResultRuns } from "./results.ts";
import { lengthNotes, sealNotes } from "./run-notes.ts";
import type { Asked, Session } from "./session.ts";
import { measureSpeeds } from "./speeds.ts";
import { budgetNote } from "../exec/time-budget.ts";
import { trainRuns } from "./train-runs.ts";
import type { Trained } from "./train-runs.ts";

/** What a plain `run` trains and shows: the experiment's seeds, and those looked at before. */
export interface FixedSeeds extends ResultRuns {
  /** The runs that are asked for, as they stood before training. */
  readonly asked: readonly PlannedRun[];
}

/** @throws InputError for looks other than those planned. */
export function fixedSeeds({ request, experiment, looks, runsAt }: Asked): FixedSeeds {
  refuseOtherLooks(looks, request);
  const seeds = seedsToShow(looks, experiment.seeds);
  // Of seeds looked at before, what is there: a variant with a verdict may have been asked for fewer.
  const isShown = ({ seed, known }: PlannedRun): boolean =>
    experiment.seeds.includes(seed) || known?.status === "finished";
  return { seeds, isShown, asked: runsAt(seeds).filter(isShown) };
}

/** Trains the seeds that are asked for, takes one look at them, and answers. */
export async function runFixedSeeds(session: Session, fixed: FixedSeeds): Promise<Outcome> {
  const { experiment, looks, request, runsAt } = session;
  const trained = await trainSeeds(session, fixed);
  if ("status" in trained) return trained;
  const { seeds } = fixed;
  const speeds = await measureSpeeds(session, runsAt(seeds));
  if (speeds === "interrupted") return interruption(fixed.asked, runsToDo(fixed.asked), trained);
  const procedure = lookByHand(looks, experiment, seeds, request.looks);
  return finishExperiment(session, { runs: fixed, speeds, failures: trained.failures, procedure });
}

/** Trains what is asked for and not finished, and tells the plan before. */
export async function trainSeeds(session: Session, fixed: FixedSeeds): Promise<Trained | Interrupted> {
  const { experiment, looks, jobs, worker, tell } = session;
  const { asked, seeds } = fixed;
  const todo = runsToDo(asked);
  const runs = runsWithParents(asked).length;
  tell({
    ...{ type: "planned", experiment, runs, toDo: todo.length, jobs, threads: worker.threads },
    parents: runs - new Set(asked.map((run) => run.runName)).size,
    resumed: resumedOf(session, todo),
  });
  for (const note of [...sealNotes(session, asked), ...lengthNotes(session, todo)]) tell(note);
  const warning = lookWarning(looks, experiment.seeds, seeds);
  if (warning !== null) tell({ type: "note", text: warning });
  const { minutes } = session.budget;
  if (minutes !== null && todo.length > 0) tell({ type: "note", text: budgetNote(minutes) });
  const trained = await trainRuns(session, todo);
  if (trained.leftOut > 0) tell({ type: "note", text: leftOutNote(minutes, trained.leftOut, runs) });
  return trained.interrupted ? interruption(asked, todo, trained) : trained;
}

function leftOutNote(minutes: number | null, leftOut: number, runs: number): string {
  return `${minutes} min are over, and ${leftOut} of ${runs} runs were not trained; the same command goes on with them`;
}

/** How many runs have a checkpoint that what computes here goes on with. */
export function resumedOf({ provenance }: Pick<Session, "provenance">, todo: readonly PlannedRun[]): number {
  return todo.filter(({ known }) => {
    if (known === null || known.provenance === null || known.stepsDone === 0) return false;
    return provenanceTag(known.provenance) === provenanceTag(provenance);
  }).length;
}
