import { MultiBar } from "cli-progress";
import type { SingleBar } from "cli-progress";
import stringWidth from "string-width";
import { plural } from "../core/plural.ts";
import type { RunEvent } from "../sweep/events.ts";
import type { RunInfo } from "../sweep/run-info.ts";
import { wrapWithin } from "../tables/wrap.ts";
import type { Progress } from "../train/types.ts";
import { cut, formatCount, formatDuration } from "./format.ts";
import { printable } from "./printable.ts";

/** A run as a person knows it: `<variant> s<seed>`. */
export function labelOf({ variant, seed }: Pick<RunInfo, "variant" | "seed">): string {
  return `${variant} s${seed}`;
}

/** Shows what happens to runs, on stderr. */
export interface ProgressDisplay {
  readonly show: (event: RunEvent) => void;
  /** A line among the bars. */
  readonly note: (text: string) => void;
  readonly close: () => void;
}

/** An estimate needs this share of the work, or it would only tell of compiling. */
const KNOWN_SHARE = 0.02;
/** Without a terminal a line is printed at most this often. */
const LINE_INTERVAL_SECONDS = 20;

/**
 * Bars on a terminal (one per running run, one for all), plain lines otherwise.
 * @param runs the runs to do.
 * @param terminal the terminal's stream, or null.
 */
export function makeDisplay(
  runs: readonly RunInfo[],
  print: (text: string) => void,
  terminal: NodeJS.WriteStream | null,
  nowSeconds: () => number = () => performance.now() / 1000,
): ProgressDisplay {
  const tally = makeTally(runs, nowSeconds);
  return terminal === null ? lines(runs, tally, print, nowSeconds) : bars(runs, tally, terminal);
}

/** How far all runs are together. */
interface Tally {
  readonly take: (event: RunEvent) => void;
  /** 0 to 1, over the work of all runs. */
  readonly share: () => number;
  readonly ended: () => number;
  /** Seconds left, from the work done since the start of this command; null before there is enough of it. */
  readonly secondsLeft: () => number | null;
}

function makeTally(runs: readonly RunInfo[], nowSeconds: () => number): Tally {
  const total = runs.reduce((sum, run) => sum + run.flops, 0);
  const shares = new Map<string, number>();
  let ended = 0;
  // Work that stood in checkpoints, or that failed runs don't need any more, took no time of this command.
  let free = 0;
  const begin = nowSeconds();
  const done = (): number => runs.reduce((sum, run) => sum + (shares.get(run.name) ?? 0) * run.flops, 0);
  return {
    take: (event) => {
      const { run } = event;
      const before = shares.get(run.name) ?? 0;
      if (event.type === "started") {
        const share = event.step / run.steps;
        free += (share - before) * run.flops;
        shares.set(run.name, share);
      } else if (event.type === "progress") {
        shares.set(run.name, Math.max(before, event.progress.step / run.steps));
      } else if (event.type === "ended") {
        ended += 1;
        free += (1 - before) * run.flops;
        shares.set(run.name, 1);
      }
    },
    share: () => (total === 0 ? 1 : done() / total),
    ended: () => ended,
    secondsLeft: () => {
      const worked = done() - free;
      return worked < total * KNOWN_SHARE ? null : ((nowSeconds() - begin) * (total - done())) / worked;
    },
  };
}

function lines(
  runs: readonly RunInfo[],
  tally: Tally,
  print: (text: string) => void,
  nowSeconds: () => number,
): ProgressDisplay {
  let lastSeconds = nowSeconds();
  const overall = (): string => {
    const share = Math.floor(tally.share() * 100);
    return `${tally.ended()} of ${plural(runs.length, "run")} ended, ${share} %${describeLeft(tally)}`;
  };
  return {
    show: (event) => {
      tally.take(event);
      const label = labelOf(event.run);
      if (event.type === "ended") print(`${label}: ${describeEnd(event)} (${overall()})\n`);
      else if (event.type === "started") for (const text of startNotes(event)) print(`${label}: ${text}\n`);
      else if (event.type === "restarted") print(`${label}: ${event.reason}; starting it again\n`);
      else if (event.type === "output") print(`${label}: ${event.line}\n`);
      else if (nowSeconds() - lastSeconds >= LINE_INTERVAL_SECONDS) {
        lastSeconds = nowSeconds();
        print(`${label}: ${describeProgress(event.progress, null)} (${overall()})\n`);
      }
    },
    note: (text) => print(`${text}\n`),
    close: () => undefined,
  };
}

/** More bars than this at a time tell less than how far the others are together. */
const MOST_BARS = 8;
/** A terminal that is narrower than this has short bars. */
const WIDE_COLUMNS = 100;
const OVERALL = "all runs";
/** ECMA-48 erases what stood to the right: a note may be shorter than the bar that it is written over. */
const ERASE_RIGHT = "\u001b[K";

/** How a line of a bar fits the terminal: nothing may wrap, since bars are drawn again by counting lines. */
interface BarLine {
  readonly columns: number;
  readonly barsize: number;
  /** The parts of a line, cut to their room. */
  readonly of: (label: string, text: string) => { readonly label: string; readonly text: string };
}

function barLine(labels: readonly string[], columns: number): BarLine {
  const barsize = columns < WIDE_COLUMNS ? 10 : 20;
  const width = Math.min(Math.max(...labels.map((label) => stringWidth(label))), Math.floor(columns * 0.4));
  // Between the parts stand four signs; the last column stays free.
  const room = columns - width - barsize - 5;
  return {
    columns,
    barsize,
    of: (label, text) => {
      const shown = cut(label, width);
      return { label: shown + " ".repeat(width - stringWidth(shown)), text: cut(text, room) };
    },
  };
}

function bars(runs: readonly RunInfo[], tally: Tally, terminal: NodeJS.WriteStream): ProgressDisplay {
  const line = barLine([...runs.map(labelOf), OVERALL, `${runs.length} more runs`], terminal.columns || 80);
  const multibar = new MultiBar({
    stream: terminal,
    fps: 5,
    barsize: line.barsize,
    barCompleteChar: "#",
    barIncompleteChar: "-",
    linewrap: true,
    hideCursor: true,
    // Ctrl-C is ours.
    gracefulExit: false,
    format: "{label} [{bar}] {text}",
  });
  const overall = multibar.create(1, 0, line.of(OVERALL, "starting"));
  const open = runBars(multibar, line);
  const note = (text: string): void => {
    for (const part of printable(text)
      .split("\n")
      .flatMap((each) => wrapWithin(each, line.columns - 1))) {
      multibar.log(`${part}${ERASE_RIGHT}\n`);
    }
  };
  return {
    show: (event) => {
      tally.take(event);
      const { run } = event;
      const label = labelOf(run);
      if (event.type === "progress") {
        open.show(run, event.progress);
      } else if (event.type === "ended") {
        open.end(run);
        if (event.end.status !== "finished") note(`${label}: ${describeEnd(event)}`);
      } else if (event.type === "started") {
        for (const text of startNotes(event)) note(`${label}: ${text}`);
      } else if (event.type === "restarted") {
        note(`${label}: ${event.reason}; starting it again`);
      } else {
        note(`${label}: ${event.line}`);
      }
      const ended = `${tally.ended()} of ${plural(runs.length, "run")} ended`;
      overall.update(tally.share(), line.of(OVERALL, ended + describeLeft(tally)));
    },
    note,
    close: () => {
      // It keeps lines until it draws, and forgets them when it stops.
      multibar.update();
      multibar.stop();
    },
  };
}

/** Bars of running runs: one each, and one for all those beyond the first few. */
function runBars(
  multibar: MultiBar,
  line: BarLine,
): {
  readonly show: (run: RunInfo, progress: Progress) => void;
  readonly end: (run: RunInfo) => void;
} {
  const open = new Map<string, SingleBar>();
  /** Shares of the others. */
  const rest = new Map<string, number>();
  let more: SingleBar | null = null;
  const showRest = (): void => {
    if (rest.size === 0) {
      if (more !== null) multibar.remove(more);
      more = null;
      return;
    }
    const share = [...rest.values()].reduce((sum, value) => sum + value, 0) / rest.size;
    const words = line.of(`${rest.size} more ${rest.size === 1 ? "run" : "runs"}`, "on average");
    more ??= multibar.create(1, 0, words);
    more.update(share, words);
  };
  return {
    show: (run, progress) => {
      const share = progress.steps === 0 ? 1 : progress.step / progress.steps;
      const known = open.get(run.name);
      if (known === undefined && open.size >= MOST_BARS) rest.set(run.name, share);
      else {
        const words = line.of(labelOf(run), describeProgress(progress, run.tokensPerStep));
        const bar = known ?? multibar.create(1, 0, words);
        open.set(run.name, bar);
        rest.delete(run.name);
        bar.update(share, words);
      }
      showRest();
    },
    end: ({ name }) => {
      const bar = open.get(name);
      if (bar !== undefined) multibar.remove(bar);
      open.delete(name);
      rest.delete(name);
      showRest();
    },
  };
}

function describeLeft(tally: Tally): string {
  const left = tally.secondsLeft();
  return left === null || left < 1 ? "" : `, about ${formatDuration(left)} left`;
}

/** @param tokensPerStep for the time left; null leaves it out. */
function describeProgress(progress: Progress, tokensPerStep: number | null): string {
  const { phase, step, steps, trainLossNats, tokensPerSecond } = progress;
  if (phase === "compiling") return "compiling";
  const parts = [phase === "evaluating" ? `evaluating at step ${step}` : `step ${step} of ${steps}`];
  if (trainLossNats !== null) parts.push(`loss ${trainLossNats.toFixed(3)}`);
  if (tokensPerSecond !== null && tokensPerSecond > 0) {
    parts.push(`${formatCount(tokensPerSecond)} tokens/s`);
    if (tokensPerStep !== null && phase === "training") {
      parts.push(`${formatDuration(((steps - step) * tokensPerStep) / tokensPerSecond)} left`);
    }
  }
  return parts.join(", ");
}

/** Why a run does not go on from its newest checkpoint, and from where it does. */
function startNotes({ notes = [], step }: Extract<RunEvent, { type: "started" }>): readonly string[] {
  if (notes.length === 0) return [];
  return [...notes, step === 0 ? "it starts from the beginning" : `it goes on from step ${step}`];
}

function describeEnd({ end }: Extract<RunEvent, { type: "ended" }>): string {
  switch (end.status) {
    case "finished":
      return end.reused ? "finished by another process" : "finished";
    case "interrupted":
      return `stopped after step ${end.stepsDone}`;
    case "failed":
      return `failed: ${end.message}. ${end.hint}`;
    case "busy":
      return `is being trained by process ${end.owner.pid} on ${end.owner.host}`;
  }
}
