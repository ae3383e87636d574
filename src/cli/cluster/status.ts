import stringWidth from "string-width";
import { statusOf } from "../../cluster/status.ts";
import type { ExperimentStatus, RunState } from "../../cluster/status.ts";
import { EXIT } from "../../core/errors.ts";
import { plural } from "../../core/plural.ts";
import type { RunRequest } from "../../sweep/run-flags.ts";
import { wrapWithin } from "../../tables/wrap.ts";
import { aboutDuration, cut, formatCount, titleOf } from "../format.ts";
import type { CommandIO } from "../io.ts";

/** What a person typed behind `status`. */
export interface StatusOptions {
  readonly target: string;
  readonly request: RunRequest;
  readonly json: boolean;
}

const STATES = ["done", "running", "queued", "failed"] as const satisfies readonly RunState["state"][];
/** So many lines of each kind, that all is one screen. */
const MOST = { variants: 8, running: 5, failed: 3, queued: 2 } as const;
const GAP = 9;

/** `status [TARGET]`. @throws InputError with everything that is wrong. */
export async function runStatus({ target, request, json }: StatusOptions, io: CommandIO): Promise<number> {
  const all = await statusOf(target, request);
  if (json) {
    const value = all.map((one) => ({ ...one, counts: countsOf(one.runs) }));
    io.stdout(`${JSON.stringify({ experiments: value }, null, 2)}\n`);
  } else io.stdout(all.map((one) => print(one, Math.min(io.columns, 80))).join("\n"));
  return EXIT.done;
}

function countsOf(runs: readonly RunState[]): Record<RunState["state"], number> {
  const count = (state: RunState["state"]): number => runs.filter((run) => run.state === state).length;
  return { done: count("done"), running: count("running"), queued: count("queued"), failed: count("failed") };
}

function print({ title, tier, folder, runs, rest }: ExperimentStatus, columns: number): string {
  const counts = countsOf(runs);
  const parts = STATES.filter((state) => counts[state] > 0 || state === "done");
  const head = `${titleOf({ title, tier })}: ${plural(runs.length, "run")}, ${parts.map((state) => `${counts[state]} ${state}`).join(", ")}`;
  const lines = [
    ...wrapWithin(head, columns),
    ...wrapWithin(restOf(rest, folder), columns),
    ...variantLines(runs, columns),
    ...some(runs, "running", (run) => `${at(run)} ${workerOf(run)}`),
    ...some(runs, "failed", (run) => `${run.name}: ${run.why ?? ""}`),
    ...some(
      runs.filter(({ why }) => why !== null),
      "queued",
      (run) => `${run.name}: ${run.why ?? ""}`,
    ),
  ];
  return lines.map((line) => `${cut(line, columns)}\n`).join("");
}

function restOf({ runs, flops, seconds }: ExperimentStatus["rest"], folder: string): string {
  if (runs === 0) return `nothing left to train; results: ${folder}`;
  const time =
    seconds === null ? "how long is known when one has finished" : `${aboutDuration(seconds)} of one process`;
  return `the rest: ${plural(runs, "run")}, ${formatCount(flops)}FLOP, ${time}`;
}

/** Variants with their counts; where there are many, those that have most left to do. */
function variantLines(runs: readonly RunState[], columns: number): string[] {
  const names = [...new Set(runs.map(({ variant }) => variant))];
  const rows = names.map((name) => ({
    name,
    counts: countsOf(runs.filter(({ variant }) => variant === name)),
  }));
  const open = ({ counts }: (typeof rows)[number]): number => counts.running + counts.queued + counts.failed;
  const sorted = rows.length <= MOST.variants ? rows : rows.toSorted((a, b) => open(b) - open(a));
  const shown = sorted.slice(0, MOST.variants);
  const width = Math.min(
    columns - STATES.length * GAP,
    Math.max("variant".length, ...shown.map(({ name }) => stringWidth(name))),
  );
  const line = (name: string, cells: readonly string[]): string => {
    const text = cut(name, width);
    return text + " ".repeat(width - stringWidth(text)) + cells.map((cell) => cell.padStart(GAP)).join("");
  };
  const more = rows.length - shown.length;
  return [
    line("variant", STATES),
    ...shown.map(({ name, counts }) =>
      line(
        name,
        STATES.map((state) => String(counts[state])),
      ),
    ),
    ...(more > 0 ? [`and ${plural(more, "variant")} with no more to do`] : []),
  ];
}

/** Some runs in a state, one a line, and how many more there are. */
function some(
  runs: readonly RunState[],
  state: "running" | "failed" | "queued",
  describe: (run: RunState) => string,
): string[] {
  const mine = runs.filter((run) => run.state === state);
  const shown = mine.slice(0, MOST[state]);
  const more = mine.length - shown.length;
  return [
    ...shown.map((run) => `${state} ${describe(run)}`),
    ...(more > 0 ? [`and ${more} more ${state} (--json lists all)`] : []),
  ];
}

function at({ name, stepsDone, steps }: RunState): string {
  return `${name}: checkpoint at ${stepsDone} of ${steps},`;
}

function workerOf({ worker }: RunState): string {
  if (worker === null) return "";
  const { host, pid, silentSeconds } = worker;
  return `process ${pid} on ${host}, seen ${Math.round(silentSeconds)} s ago`;
}
