import { RECIPE_WORDS } from "../config/recipes.ts";
import { plural } from "../core/plural.ts";
import type { RunEvent, SweepEvent } from "../sweep/events.ts";
import type { Finished, Outcome } from "../sweep/outcome.ts";
import { flagsOf } from "../sweep/run-flags.ts";
import type { RunRequest } from "../sweep/run-flags.ts";
import type { Failure } from "../sweep/run-info.ts";
import { briefTable } from "../tables/brief.ts";
import { withLine } from "../tables/calibration/score-line.ts";
import { printTables } from "../tables/print.ts";
import type { Table } from "../tables/table.ts";
import type { CommandIO } from "./io.ts";
import { labelOf, makeDisplay } from "./progress.ts";
import type { ProgressDisplay } from "./progress.ts";
import {
  interruptedMessage,
  lookMessage,
  nextStepMessage,
  plannedMessage,
  planOfLooks,
  verdictsMessage,
} from "./run-messages.ts";

/** Prints what a sweep tells: tables on stdout, all else on stderr. */
export interface RunPrinter {
  readonly show: (event: SweepEvent) => void;
  /** What comes last. */
  readonly end: (outcome: Outcome) => void;
}

/** @param file the experiment file as typed. */
export function makeRunPrinter(file: string, request: RunRequest, io: CommandIO): RunPrinter {
  let display: ProgressDisplay | null = null;
  const say = (text: string): void => io.stderr(`${text}\n`);
  const show = (event: SweepEvent): void => {
    switch (event.type) {
      case "started-all":
        display = makeDisplay(event.runs, io.stderr, hasCursor() ? process.stderr : null);
        return;
      case "ended-all":
        display?.close();
        display = null;
        return;
      case "stopping": {
        const text = "stopping after the running steps; Ctrl-C again stops at once";
        if (display === null) say(text);
        else display.note(text);
        return;
      }
      case "answer":
        if (request.json) return;
        io.stdout(printTables([shownTable(event, request.verbose)], "table", io));
        say(`costs, tests and marks in full: moe-lab compare ${event.folder} --verbose`);
        return;
      case "finished":
        for (const line of closingLines(file, request, event.outcome)) say(line);
        return;
      default:
        if (isRunEvent(event)) display?.show(event);
        else for (const line of linesOf(event)) say(line);
    }
  };
  return {
    show,
    end: (outcome) => {
      if (outcome.status === "interrupted") say(interruptedMessage(outcome));
      else printEnd(outcome, request, io);
    },
  };
}

/** The table on the screen. */
function shownTable(
  { answer, calibration }: Extract<SweepEvent, { type: "answer" }>,
  isVerbose: boolean,
): Table {
  return withLine(isVerbose ? answer.table : briefTable(answer.summary), calibration);
}

/** Whether bars can be drawn; a dumb terminal would show their codes. */
function hasCursor(): boolean {
  return process.stderr.isTTY && process.env["TERM"] !== "dumb";
}

const RUN_EVENTS: readonly string[] = [
  "started",
  "progress",
  "output",
  "restarted",
  "ended",
] satisfies RunEvent["type"][];

function isRunEvent(event: SweepEvent): event is RunEvent {
  return RUN_EVENTS.includes(event.type);
}

/** Events that are lines on stderr. */
function linesOf(event: Exclude<SweepEvent, RunEvent>): readonly string[] {
  switch (event.type) {
    case "note":
      return [`note: ${event.text}`];
    case "planned":
      return [plannedMessage(event)];
    case "looks-planned":
      return [planOfLooks(event.procedure)];
    case "look":
      return [lookMessage(event)];
    case "verdicts":
      return [verdictsMessage(event.rows)];
    case "looks-ended":
      return [`stopped: ${event.reason}`];
    case "waiting":
      return [`waiting for ${plural(event.runs, "run")} that another process is doing`];
    case "written": {
      const { folder, files } = event;
      const names = files.map((path) => path.slice(folder.length + 1)).join(", ");
      return [`written to ${folder}: ${names}`];
    }
    case "recipe":
      return [`recipe ${event.recipe}: ${RECIPE_WORDS[event.recipe]}`];
    case "recipe-finished":
      return [
        `written to ${event.folder}`,
        ...event.failures.map(({ run, reason }) => `${labelOf(run)}, ${event.recipe}: ${reason}`),
      ];
    default:
      return [];
  }
}

/** What is said when the experiment as written is answered. */
function closingLines(file: string, request: RunRequest, { folder, next, failures }: Finished): string[] {
  const flags = flagsOf(request, ({ changesResults }) => changesResults === true).map((words) =>
    words.join(" "),
  );
  return [
    ...(flags.length === 0
      ? []
      : [
          `note: ${folder} holds what ${flags.join(" ")} asked for; run without to have the file's experiment`,
        ]),
    ...(next === null ? [] : [nextStepMessage(file, next)]),
    ...failureLines(failures),
  ];
}

/** `a s1, a s2: why`: each reason once, since seeds of a variant fail alike. */
function failureLines(failures: readonly Failure[]): string[] {
  const runsOf = new Map<string, string[]>();
  for (const { run, reason } of failures) runsOf.set(reason, [...(runsOf.get(reason) ?? []), labelOf(run)]);
  return [...runsOf].map(([reason, runs]) => `${runs.join(", ")}: ${reason}`);
}

/** The table of recipes, and everything as one JSON value where that is asked for. */
function printEnd({ table, recipes }: Finished, request: RunRequest, io: CommandIO): void {
  const asked = request.recipes.length > 0 && recipes !== null ? [recipes] : [];
  if (request.json) io.stdout(printTables([table, ...asked], "json", io));
  else if (request.recipes.length > 0) io.stdout(`\n${printTables(asked, "table", io)}`);
}
