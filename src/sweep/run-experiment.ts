import { basename } from "node:path";
import type { WrittenExperiment } from "../config/schema.ts";
import type { SweepEvent } from "./events.ts";
import { claimName } from "./one-name.ts";
import { fixedSeeds, runFixedSeeds } from "./fixed-seeds.ts";
import type { Outcome } from "./outcome.ts";
import { runWithRecipes } from "./recipes.ts";
import { requestOf } from "./run-flags.ts";
import type { RunRequest } from "./run-flags.ts";
import { openSession } from "./session.ts";
import { runUntilDecided } from "./until-decided.ts";

/** Events after which nothing of a request is refused any more. */
const PLANNED: readonly SweepEvent["type"][] = ["planned", "looks-planned"];

type Asked = Omit<RunRequest, "dryRun" | "json" | "take">;

/** What `runExperiment` may be asked: the flags of `moe-lab run` by their names in camel case, and who listens. */
export type RunExperimentOptions = { readonly [K in keyof Asked]?: Asked[K] | undefined } & {
  /** Told what happens, one event after the other; what it throws ends the experiment like a crash. */
  readonly onEvent?: ((event: SweepEvent) => void) | undefined;
  /** Aborting it stops after the running steps, with checkpoints: the same call goes on from there. */
  readonly signal?: AbortSignal | undefined;
  /** Aborting it as well ends every process at once; runs go on from their last checkpoint next time. */
  readonly killSignal?: AbortSignal | undefined;
};

/**
 * Trains what is not finished yet of an experiment, in processes of their own, and answers: what `moe-lab run` does, without a word on
 * stdout or stderr. Results are written below `out` (default `results`).
 * @param experiment an experiment file, or what one would hold; relative paths in an object start from the current folder, and places in
 * messages are lines of its JSON with an indent of 2.
 * @returns the answer, or how far it came when the signal was given.
 * @throws InputError with everything that is wrong with the request, before anything is written. Runs that fail don't reject:
 * they are the answer's `failures`.
 */
export async function runExperiment(
  experiment: string | WrittenExperiment,
  options: RunExperimentOptions = {},
): Promise<Outcome> {
  const { onEvent: tell = () => undefined, signal, killSignal, ...given } = options;
  const never = new AbortController().signal;
  // Only when the request has been found right is a word of it written.
  let claim = (): void => undefined;
  const telling = (event: SweepEvent): void => {
    if (PLANNED.includes(event.type)) claim();
    tell(event);
  };
  const hooks = { tell: telling, signal: signal ?? never, killSignal: killSignal ?? never };
  const session = await openSession(experiment, requestOf(given), hooks);
  claim = () => {
    if (typeof experiment === "string") claimName(experiment, session.runsFolder, basename(session.folder));
  };
  if (session.request.untilDecided) return runUntilDecided(session);
  return session.request.recipes.length > 0
    ? runWithRecipes(session)
    : runFixedSeeds(session, fixedSeeds(session));
}
