import { takeRuns } from "../../cluster/take.ts";
import { EXIT } from "../../core/errors.ts";
import { plural } from "../../core/plural.ts";
import type { RunRequest } from "../../sweep/run-flags.ts";
import type { SessionHooks } from "../../sweep/session.ts";
import type { CommandIO } from "../io.ts";
import { labelOf } from "../progress.ts";

/** `run --take N`: one of several workers. @returns the exit code. @throws InputError before anything is written. */
export async function runTake(
  file: string,
  request: RunRequest,
  hooks: SessionHooks,
  io: CommandIO,
): Promise<number> {
  const { interrupted, finished, stopped, failures, runs, left } = await takeRuns(file, request, hooks);
  if (request.json) {
    const value = { interrupted, finished, stopped, failed: failures.length, runs, left };
    io.stdout(`${JSON.stringify(value, null, 2)}\n`);
  } else {
    const kept = stopped > 0 ? `, ${stopped} stopped with a checkpoint` : "";
    io.stdout(
      `${plural(finished, "run")} finished here${kept}; ${left} of ${runs} left, others at work on them included\n`,
    );
  }
  for (const { run, reason } of failures) io.stderr(`${labelOf(run)}: ${reason}\n`);
  if (interrupted) return EXIT.interrupted;
  return failures.length > 0 ? EXIT.runsFailed : EXIT.done;
}
