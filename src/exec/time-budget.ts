/** Until when runs are started. */
export interface TimeBudget {
  /** Null: there is no end. */
  readonly minutes: number | null;
  /**
   * Whether a run that takes as long as others did would end in time; one of which nothing is known would.
   * @param secondsPerRun of runs that ended; null where none has.
   */
  readonly hasTimeFor: (secondsPerRun: number | null) => boolean;
}

/**
 * A time to train.
 * @param minutes from `started` on; null for as long as it takes.
 * @param started milliseconds of `performance.now()`.
 * @param now for tests.
 */
export function timeBudget(
  minutes: number | null,
  started: number,
  now: () => number = () => performance.now(),
): TimeBudget {
  return {
    minutes,
    hasTimeFor: (secondsPerRun) =>
      minutes === null || now() + 1000 * (secondsPerRun ?? 0) <= started + 60_000 * minutes,
  };
}

/** What is said before a time begins. */
export function budgetNote(minutes: number): string {
  return `no run is started that would end after ${minutes} min; the answer is of those that are finished then (--max-minutes allows more)`;
}

/** Watches runs, and knows how long they take. */
export function runClock(now: () => number = () => performance.now()): {
  readonly started: (run: string) => void;
  readonly finished: (run: string) => void;
  /** Mean of those that finished; null without any. */
  readonly meanSeconds: () => number | null;
} {
  const starts = new Map<string, number>();
  const seconds: number[] = [];
  return {
    started: (run) => void starts.set(run, now()),
    finished: (run) => {
      const start = starts.get(run);
      if (start !== undefined) seconds.push((now() - start) / 1000);
    },
    meanSeconds: () =>
      seconds.length === 0 ? null : seconds.reduce((sum, one) => sum + one, 0) / seconds.length,
  };
}
