/** Errors that a person can act on. Everything else that is thrown is a bug in moe-lab (exit code 70). */

/** Process exit codes of the command line. */
export const EXIT = { done: 0, runsFailed: 1, badRequest: 2, bug: 70, interrupted: 130 } as const;

/** One thing that is wrong with what the user wrote. */
export interface Problem {
  /** `file:line:column`, or the flag, or the folder. */
  readonly where: string;
  /** Dotted path inside the file, e.g. `base.model.topK`; empty when there is none. */
  readonly path: string;
  /** What is wrong, the value, and what is allowed: one sentence. */
  readonly message: string;
}

/** The request can't be carried out as written; says what, the values and what to do. Exit code 2. */
export class InputError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[] | string) {
    const list = typeof problems === "string" ? [{ where: "", path: "", message: problems }] : problems;
    super(list.map(formatProblem).join("\n"));
    this.name = "InputError";
    this.problems = list;
  }
}

/** A run met a state from which training can't go on (NaN, out of memory). Exit code 1. */
export class RunError extends Error {
  /** What the user may try next. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = "RunError";
    this.hint = hint;
  }
}

/** Training met a number that is not finite: the same again on every rerun, so none is tried. */
export class DivergedError extends RunError {}

/** Formats a problem as `where: path: message`, leaving out what is empty. */
export function formatProblem(problem: Problem): string {
  return [problem.where, problem.path, problem.message].filter((part) => part !== "").join(": ");
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
