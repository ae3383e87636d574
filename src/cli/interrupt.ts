import type { SweepEvent } from "../sweep/events.ts";

/** Ctrl-C as signals that a sweep understands. */
export interface Interruptions {
  /** The first Ctrl-C. */
  readonly signal: AbortSignal;
  /** The second one. */
  readonly killSignal: AbortSignal;
  /** Takes Ctrl-C over while there is something to stop: training and timing. Otherwise it ends the command as usual. */
  readonly listenDuring: (event: SweepEvent) => void;
  readonly close: () => void;
}

/** Makes the signals; nothing is listened to before `listenDuring` says so. */
export function interruptions(): Interruptions {
  const [stop, kill] = [new AbortController(), new AbortController()];
  const onSignal = (): void => {
    if (stop.signal.aborted) kill.abort();
    else stop.abort();
  };
  const close = (): void => void process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  return {
    signal: stop.signal,
    killSignal: kill.signal,
    listenDuring: (event) => {
      if (event.type !== "phase") return;
      close();
      if (event.phase !== "writing") process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
    },
    close,
  };
}
