import { EXIT } from "../../core/errors.ts";
import type { RunRequest } from "../../sweep/run-flags.ts";
import { untilStopped } from "../interrupt.ts";
import type { CommandIO } from "../io.ts";
import { openLive } from "./live.ts";
import { serve } from "./serve.ts";

/** What a person typed behind `watch`. */
export interface WatchOptions {
  /** An experiment file, an output folder of `run`, or a result folder. */
  readonly target: string;
  readonly request: RunRequest;
  /** Of the loopback address; 0: a free one. */
  readonly port: number;
}

/**
 * `watch [TARGET]`: serves an experiment's page on the loopback address while its runs go on, until it is stopped. Reads alone.
 * @param stopped when to end; Ctrl-C when not given.
 * @throws InputError with everything that is wrong, a port that another program has included.
 */
export async function runWatch(
  { target, request, port }: WatchOptions,
  io: CommandIO,
  stopped: () => Promise<void> = untilStopped,
): Promise<number> {
  const live = await openLive(target, request);
  const server = await serve(live, port);
  io.stdout(`${server.url}\n`);
  io.stderr(`showing ${live.title} to browsers on this machine; Ctrl-C ends it\n`);
  await stopped();
  await server.close();
  return EXIT.done;
}
