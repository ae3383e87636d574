import { smallestEffectOfLooks } from "../analysis/power.ts";
import type { SummaryRow } from "../analysis/summary.ts";
import { plural } from "../core/plural.ts";
import type { Procedure } from "../records/looks.ts";
import type { SweepEvent } from "../sweep/events.ts";
import { payingLooks } from "../sweep/looks.ts";
import type { Interrupted, NextStep, StepPrice } from "../sweep/outcome.ts";
import { commandOf } from "../sweep/run-flags.ts";
import { aboutDuration, titleOf } from "./format.ts";

type EventOf<T extends SweepEvent["type"]> = Extract<SweepEvent, { readonly type: T }>;

/** `Title: 2 variants x 1 seed: 2 runs, 0 finished before, 2 to do; 2 at a time, 1 thread each`. */
export function plannedMessage(event: EventOf<"planned">): string {
  const { experiment, runs, parents, toDo, resumed, jobs, threads } = event;
  const withParents = parents === 0 ? "" : ` (${plural(parents, "parent")} with them)`;
  const parts = [
    `${plural(experiment.variants.length, "variant")} x ${plural(experiment.seeds.length, "seed")}: ${plural(runs, "run")}${withParents}`,
    `${runs - toDo} finished before`,
    `${toDo} to do${resumed > 0 ? ` (${resumed} from a checkpoint)` : ""}`,
  ];
  const how = `${Math.min(jobs, Math.max(1, toDo))} at a time, ${plural(threads, "thread")} each`;
  return `${titleOf(experiment)}: ${parts.join(", ")}; ${how}`;
}

/** `plan: 4 looks at 8, 16, 24, 32 seeds, ...`. */
export function planOfLooks(procedure: Procedure): string {
  const looks = payingLooks(procedure);
  const sizes = looks.map(({ seeds }) => seeds.length).join(", ");
  const share = (100 * procedure.alpha) / looks.length;
  const effect = smallestEffectOfLooks(
    looks.map(({ seeds, level }) => ({ n: seeds.length, level: level ?? 0 })),
  );
  return (
    `plan: ${plural(looks.length, "look")} at ${sizes} seeds, each for ${share.toFixed(2)} of ${100 * procedure.alpha} % false positives; ` +
    `to the last one it finds differences of ${effect.toFixed(2)} standard deviations between pairs (80 % power, one comparison)`
  );
}

/** `look 1 of 4: 8 seeds of hash: 16 runs to do`. */
export function lookMessage({ number, planned, seeds, variants, toDo }: EventOf<"look">): string {
  return `look ${number} of ${planned}: ${plural(seeds.length, "seed")} of ${variants.join(", ")}: ${plural(toDo, "run")} to do`;
}

/** `verdicts: hash worse, frozen undecided`. */
export function verdictsMessage(rows: readonly SummaryRow[]): string {
  const parts = rows.flatMap(({ variant, comparison }) =>
    comparison === null ? [] : [`${variant} ${comparison.verdict ?? "without a verdict"}`],
  );
  return `verdicts: ${parts.join(", ")}`;
}

/** How far an interrupted sweep came. */
export function interruptedMessage({ runs, finished, stopped }: Interrupted): string {
  const kept = stopped > 0 ? `, ${stopped} stopped with a checkpoint` : "";
  return `interrupted: ${finished} of ${plural(runs, "run")} finished${kept}. The same command goes on from here.`;
}

/** The command that goes on with undecided variants, and its price. */
export function nextStepMessage(file: string, { kind, undecided, request, price, atMost }: NextStep): string {
  const which = kind === "look" ? "next" : "first";
  const [first, last] = [priceMessage(price), priceMessage(atMost)];
  const cost = first === last ? first : `${first} to the ${which} look; at most ${last}`;
  const start = `undecided: ${undecided.join(", ")}`;
  const command = `${commandOf(file, request)} (${cost})`;
  if (kind === "look") return `${start}. To go on: ${command}`;
  return (
    `${start}. The false-positive rate that was planned is used, so more looks at these seeds decide nothing. ` +
    `Anew, on other seeds: ${command}`
  );
}

function priceMessage({ runs, seconds }: StepPrice): string {
  return `${plural(runs, "run")}${seconds === null ? "" : `, ${aboutDuration(seconds)}`}`;
}
