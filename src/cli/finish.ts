import { EXIT } from "../core/errors.ts";
import { runsWithParents } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { answerOf } from "../report/answer.ts";
import { readRecipes } from "../store/recipe-folders.ts";
import { writeLooks } from "../store/looks.ts";
import type { LooksRecord, Procedure } from "../records/looks.ts";
import { printAnswer, writeAnswer } from "./answer.ts";
import type { RunContext } from "./context.ts";
import { plural } from "./format.ts";
import { onwardWords } from "./goes-on.ts";
import type { Onward } from "./goes-on.ts";
import { recordWith } from "./looks.ts";
import type { LookBook } from "./looks.ts";
import { resultsOf } from "./results.ts";
import type { RunOptions } from "./run-options.ts";
import type { Speeds } from "./speeds.ts";
import type { SweepResult } from "./sweep.ts";

/** What an answer is made from, when all training is done. */
export interface Ending extends Onward {
  readonly folder: string;
  /** Runs that the tables show; `context.planned` may have more. */
  readonly asked: readonly PlannedRun[];
  readonly speeds: Speeds;
  readonly book: LookBook;
  readonly failures: SweepResult["failures"];
}

/**
 * Records the look, prints and writes the answer, and says what comes next.
 * @returns the exit code.
 */
export async function finish(ending: Ending): Promise<number> {
  const { context, options, folder, asked, speeds, book, procedure, failures } = ending;
  const { io } = context;
  const looks = recordLook(folder, book, procedure);
  const results = { ...resultsOf(context, speeds, asked), ...looks };
  const answer = answerOf(results, readRecipes(folder));
  printAnswer(answer, folder, options.json, io);
  await writeAnswer(folder, answer, io);
  const flags = flagsThatChange(options);
  if (flags.length > 0) {
    io.stderr(
      `note: ${folder} holds what ${flags.join(" ")} asked for; run without to have the file's experiment\n`,
    );
  }
  const onward = onwardWords(answer.summary, ending);
  if (onward !== null) io.stderr(`${onward}\n`);
  for (const { label, reason } of failures) io.stderr(`${label}: ${reason}\n`);
  return failures.length > 0 ? EXIT.runsFailed : EXIT.done;
}

/** Writes a look down, before anybody sees a number of it. @returns what results have of it. */
export function recordLook(
  folder: string,
  book: LookBook,
  procedure: Procedure | null,
): { readonly looks?: LooksRecord } {
  const looks = procedure === null ? { ...book.record, current: null } : recordWith(book, procedure);
  if (looks.procedures.length === 0) return {};
  writeLooks(folder, looks);
  return { looks };
}

/** Says how far an interrupted sweep came. @returns the exit code. */
export function sayInterrupted(
  { io, planned }: Pick<RunContext, "io" | "planned">,
  todo: readonly PlannedRun[],
  swept: SweepResult,
): number {
  const asked = runsWithParents(planned).length;
  const finished = asked - todo.length + swept.finished;
  const kept = swept.stopped > 0 ? `, ${swept.stopped} stopped with a checkpoint` : "";
  io.stderr(
    `interrupted: ${finished} of ${plural(asked, "run")} finished${kept}. The same command goes on from here.\n`,
  );
  return EXIT.interrupted;
}

/** The flags that make the result folder hold something else than the file says. */
function flagsThatChange(options: RunOptions): string[] {
  return [
    ...options.set.map((set) => `--set ${set}`),
    ...options.only.map((variant) => `--only ${variant}`),
    ...(options.seeds === null ? [] : [`--seeds ${options.seeds}`]),
    ...(options.firstSeed === null ? [] : [`--first-seed ${options.firstSeed}`]),
    ...(options.steps === null ? [] : [`--steps ${options.steps}`]),
  ];
}
