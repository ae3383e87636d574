import { baselineOf } from "../config/grid.ts";
import { isOpen } from "../analysis/verdict.ts";
import type { Summary } from "../analysis/summary.ts";
import { evenSteps } from "../analysis/look-plan.ts";
import { runsToDo } from "../exec/plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import type { Procedure } from "../records/looks.ts";
import type { RunContext } from "./context.ts";
import { estimateFromRuns } from "./estimate.ts";
import { formatDuration, plural } from "./format.ts";
import { DEFAULT_LOOKS, payingLooks } from "./looks.ts";
import type { LookBook } from "./looks.ts";
import type { RunOptions } from "./run-options.ts";

/** What going on with an undecided experiment needs. */
export interface Onward {
  readonly file: string;
  readonly options: RunOptions;
  readonly context: RunContext;
  /** All seeds that the answer was made from, with what is there of their runs. */
  readonly plan: (seeds: readonly number[]) => PlannedRun[];
  readonly procedure: Procedure | null;
  readonly book: LookBook;
}

/** Compared variants that need more seeds, as far as any of their runs could be finished. */
export function openVariants({ rows }: Pick<Summary, "rows">): string[] {
  return rows
    .filter(({ comparedWith, comparison }) => comparedWith !== null && comparison !== null)
    .filter(({ comparison }) => isOpen(comparison?.verdict ?? null))
    .map(({ variant }) => variant);
}

/** Runs of some variants and of the baselines that they are compared with. */
export function runsOf(
  planned: readonly PlannedRun[],
  variants: readonly string[],
  experiment: RunContext["experiment"],
): PlannedRun[] {
  const active = new Set(variants.flatMap((name) => [name, baselineOf(experiment, name)]));
  return planned.filter(({ variant }) => active.has(variant));
}

/**
 * For an answer with undecided variants: the command that goes on, and its price.
 * @returns null when everything is decided, or nothing could be.
 */
export function onwardWords(summary: Summary, onward: Onward): string | null {
  const open = openVariants(summary);
  const { procedure, context, options, file, plan, book } = onward;
  if (open.length === 0 || procedure === null) return null;
  const { experiment } = context;
  const estimate = estimateFromRuns(context, context.planned);
  const price = (which: string, lists: readonly (readonly number[])[]): string => {
    const words = lists.map((seeds) => {
      const runs = runsToDo(runsOf(plan(seeds), open, experiment));
      const time = estimate === null ? "" : `, about ${formatDuration(estimate.secondsOfAll(runs))}`;
      return `${plural(runs.length, "run")}${time}`;
    });
    const [first = "", last = first] = words;
    return lists.length === 1 || first === last ? first : `${first} to the ${which} look; at most ${last}`;
  };
  const start = `undecided: ${open.join(", ")}`;
  const ahead = payingLooks(procedure).slice(procedure.taken);
  const [next] = ahead;
  if (next !== undefined) {
    const command = commandOf(file, {
      ...options,
      seeds: null,
      looks: null,
      maxSeeds: null,
      untilDecided: true,
    });
    const last = ahead.at(-1) ?? next;
    return `${start}. To go on: ${command} (${price("next", [next.seeds, last.seeds])})`;
  }
  const count = book.seedCount;
  const used = procedure.looks.flatMap(({ seeds }) => seeds);
  const freeSeed = Math.max(book.freeSeed, Math.max(...used) + 1);
  const fresh = Array.from({ length: count }, (_, index) => freeSeed + index);
  const steps = evenSteps(fresh, DEFAULT_LOOKS, DEFAULT_LOOKS * count);
  const isAll = open.length === summary.rows.filter(({ comparedWith }) => comparedWith !== null).length;
  const command = commandOf(file, {
    ...options,
    ...{ seeds: null, looks: null, maxSeeds: null, untilDecided: true, firstSeed: freeSeed },
    ...(!isAll && { only: open }),
  });
  return (
    `${start}. The false-positive rate that was planned is used, so more looks at these seeds decide nothing. ` +
    `Anew, on other seeds: ${command} (${price("first", [steps[0] ?? fresh, steps.at(-1) ?? fresh])})`
  );
}

/** The command line of a `run`, without flags at their defaults. */
export function commandOf(file: string, options: RunOptions): string {
  const given: readonly (readonly [string, string | number | null])[] = [
    ["--out", options.out === "results" ? null : options.out],
    ["--tier", options.tier],
    ["--steps", options.steps],
    ...options.set.map((set) => ["--set", set] as const),
    ...options.only.map((variant) => ["--only", variant] as const),
    ["--engine", options.engine === "compiled" ? null : options.engine],
    ["--jobs", options.jobs],
    ["--threads", options.threads === 1 ? null : options.threads],
    ["--seeds", options.seeds],
    ["--first-seed", options.firstSeed],
    ["--looks", options.looks],
    ["--max-seeds", options.maxSeeds],
    ["--max-minutes", options.maxMinutes],
  ];
  const flags = given.flatMap(([flag, value]) => (value === null ? [] : [flag, shellWord(String(value))]));
  const decided = options.untilDecided ? ["--until-decided"] : [];
  return ["moe-lab run", shellWord(file), ...flags, ...decided].join(" ");
}

/** A word as a shell wants it. */
function shellWord(word: string): string {
  return /^[\w./=,:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
