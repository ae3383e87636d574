import { EXIT } from "../core/errors.ts";
import type { SweepEvent } from "../sweep/events.ts";

/** Ctrl-C as signals that a sweep understands. */
export interface Interruptions {
  /** The first Ctrl-C. */
  readonly signal: AbortSignal;
  /** The second one. */
  readonly killSignal: AbortSignal;
  /** What goes on decides what Ctrl-C does: training and timing stop cleanly; before and after, the command ends and says where it stood. */
  readonly listenDuring: (event: SweepEvent) => void;
  readonly close: () => void;
}

const EARLY = ["SIGINT", "SIGTERM"] as const;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** What a Ctrl-C leaves behind when nothing is being trained. */
const WORDS = {
  /** Every command but `run`: files are written whole or not at all. */
  other: "interrupted",
  start: "interrupted before anything was trained; nothing was changed",
  writing:
    "interrupted while the answer was written; every run is kept, and the same command writes it again",
};

function endEarly(): void {
  const isRun = process.argv[2] === "run";
  process.stderr.write(`${isRun ? WORDS.start : WORDS.other}\n`);
  process.exit(EXIT.interrupted);
}

/**
 * Ctrl-C, or a scheduler's SIGTERM, ends the command with a word and exit code 130, not by the signal: at once between two pieces of work (`breathe`), so that no
 * file is cut. `run` and those that go on until they are stopped take signals over.
 */
export function listenEarly(): void {
  for (const signal of EARLY) process.on(signal, endEarly);
}

/** Until Ctrl-C or its like: for a command that goes on until it is told to end, so that this is how it ends well. */
export function untilStopped(): Promise<void> {
  for (const signal of EARLY) process.off(signal, endEarly);
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve());
  });
}

/** The first Ctrl-C, or a scheduler's SIGTERM, as a signal: for a command that ends with what it has by then. The next one ends it at once. */
export function firstInterrupt(): { readonly signal: AbortSignal; readonly close: () => void } {
  const stop = new AbortController();
  const onSignal = (): void => (stop.signal.aborted ? endEarly() : stop.abort());
  for (const signal of EARLY) process.off(signal, endEarly).on(signal, onSignal);
  return {
    signal: stop.signal,
    close: () => {
      for (const signal of EARLY) process.off(signal, onSignal).on(signal, endEarly);
    },
  };
}

/**
 * Takes signals over, from now on.
 * @param say prints a line.
 * @param hasTerminal whether anybody looks: without a terminal its end (SIGHUP) is no reason to stop. That is what `nohup` asks for, but Node
 * sets every signal back to its default at its start, so that its wish can't be seen.
 */
export function interruptions(say: (line: string) => void, hasTerminal: boolean): Interruptions {
  const [stop, kill] = [new AbortController(), new AbortController()];
  let phase: "start" | "training" | "writing" = "start";
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signal === "SIGHUP" && !hasTerminal) return;
    if (phase === "training") {
      // Schedulers send SIGTERM to a script and to all that it started: the second one says no more than the first.
      if (!stop.signal.aborted) stop.abort();
      else if (signal !== "SIGTERM") kill.abort();
      return;
    }
    say(WORDS[phase]);
    process.exit(EXIT.interrupted);
  };
  for (const signal of EARLY) process.off(signal, endEarly);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    signal: stop.signal,
    killSignal: kill.signal,
    listenDuring: (event) => {
      if (event.type === "phase") phase = event.phase === "writing" ? "writing" : "training";
    },
    close: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
