import { isStopped } from "../store/holding/owner.ts";

/** A worker that says nothing for so long hangs; MOE_LAB_SILENCE_SECONDS is another limit, for machines on which one step takes minutes. */
const SILENCE_SECONDS = 180;
/** A process that somebody stopped (SIGSTOP) is not waited for as long. */
const STOPPED_SECONDS = 20;
/** After it was asked to stop, a worker has so long for its step and checkpoint, and may be silent for so long. */
const FAREWELL_SECONDS = 60;
const FAREWELL_SILENCE_SECONDS = 15;
/** Whoever took long once may take long again: limits are at least so many times the longest silence so far. */
const PATIENCE = 10;
const TICK_MS = 1000;

/** Watches a worker process from its parent. */
export interface Watchdog {
  /** The worker said something. */
  readonly heard: () => void;
  /** The worker was asked to stop. */
  readonly farewell: () => void;
  readonly end: () => void;
}

/**
 * Counts a worker's silence in ticks of its own: where this process slept too (a closed laptop, Ctrl-Z), nobody was silent.
 * @param onSilence called once, with what is wrong: the worker should be killed.
 */
export function watch(pid: number, onSilence: (reason: string) => void): Watchdog {
  const limit = limitSeconds();
  let silent = 0;
  let stopped = 0;
  let longest = 0;
  let leaving: number | null = null;
  let before = performance.now();
  const tick = (): void => {
    const now = performance.now();
    const passed = Math.min(now - before, 2 * TICK_MS) / 1000;
    before = now;
    silent += passed;
    stopped = isStopped(pid) ? stopped + passed : 0;
    if (leaving !== null) leaving += passed;
    const reason = reasonFor();
    if (reason === null) return;
    clearInterval(timer);
    onSilence(reason);
  };
  const reasonFor = (): string | null => {
    if (stopped > Math.min(limit, STOPPED_SECONDS)) return `was stopped for ${Math.round(stopped)} seconds`;
    const patience = PATIENCE * longest;
    const most = Math.max(leaving === null ? limit : Math.min(limit, FAREWELL_SILENCE_SECONDS), patience);
    if (silent > most) return `said nothing for ${Math.round(silent)} seconds`;
    return leaving !== null && leaving > Math.max(FAREWELL_SECONDS, patience)
      ? `did not stop in ${Math.round(leaving)} seconds`
      : null;
  };
  const timer = setInterval(tick, TICK_MS);
  return {
    heard: () => {
      longest = Math.max(longest, silent);
      silent = 0;
    },
    farewell: () => (leaving ??= 0),
    end: () => clearInterval(timer),
  };
}

function limitSeconds(): number {
  const asked = Number(process.env["MOE_LAB_SILENCE_SECONDS"]);
  return Number.isFinite(asked) && asked > 0 ? asked : SILENCE_SECONDS;
}
