import { baselineOf } from "../config/grid.ts";
import { tokensTrained } from "../analysis/marks.ts";
import type { Summary, SummaryRow } from "../analysis/summary.ts";
import { percent } from "./format.ts";

/** Sentences about looks at growing data: what was paid, and what going on costs. */

/** `1st`, `2nd`, `3rd`, `4th`. */
function ordinal(count: number): string {
  const isTeen = Math.floor(count / 10) % 10 === 1;
  const ending = isTeen ? "th" : (["th", "st", "nd", "rd"][count % 10] ?? "th");
  return `${count}${ending}`;
}

/** What plus-minus means: `half a 95 % t-interval over seeds`. */
export function intervalWords({ alpha, looks: { planned } }: Summary): string {
  const coverage = `${percent(1 - alpha, 0)} %`;
  return planned <= 1
    ? `half a ${coverage} t-interval over seeds`
    : `half a t-interval over seeds, wide enough to hold at all ${planned} looks with ${coverage}`;
}

/** `paired t, over 4 looks, Holm over 3 comparisons`. */
export function testWords({ familySize, looks: { planned } }: Summary): string {
  const looks = planned <= 1 ? "" : `over ${planned} looks, `;
  return `paired t, ${looks}Holm over ${familySize} comparison${familySize === 1 ? "" : "s"}`;
}

/** Which look this is and what it cost; nothing where one was planned and taken. */
export function lookNotes({ alpha, looks, rows }: Summary): string[] {
  const { taken, planned, paid, earlier } = looks;
  const rate = `${percent(alpha, 0)} %`;
  const before =
    earlier === 0
      ? []
      : [
          `The question was asked before on other seeds (${earlier} time${earlier === 1 ? "" : "s"}, in looks.json), with ${rate} of false positives each time.`,
        ];
  if (taken <= 1 && planned <= 1) return before;
  const start = `${ordinal(taken)} look at the data`;
  if (taken > planned) {
    return [
      `${start}, but ${planned === 1 ? "1 was" : `${planned} were`} planned, and used all of the ${rate} of false positives: verdicts are those of the ${ordinal(planned)} look, p (Holm) too; differences and ± are of all seeds, and not protected against looking more often.`,
      ...before,
    ];
  }
  const used = percent((alpha * paid.length) / planned);
  const seeds = Math.max(0, ...rows.map((row) => row.seedsAsked));
  return [
    `${start}, of ${planned} planned (${seeds} seeds): ${used} of ${rate} false positives used. p counts all ${planned} looks; a variant that has its verdict gets no more seeds.`,
    ...before,
  ];
}

/** For undecided variants: the seeds that the margin asks for, the command that goes on, and its price on one core. */
export function undecidedNotes(summary: Summary): string[] {
  const rows = summary.rows.filter((row) => row.comparison?.verdict === "undecided");
  if (rows.length === 0) return [];
  const seeds = rows.map((row) => `${row.label} ${row.comparison?.seedsForMargin ?? "over 10 000"}`);
  const isWithoutScale = rows.some(({ comparison }) => comparison?.scale === 0);
  return [
    ...(isWithoutScale
      ? []
      : [
          `Undecided: seeds that would find a difference of the margin (${percent(summary.margin)} ${summary.metric.differences}) with 80 % power are about ${seeds.join(", ")}.`,
        ]),
    priceOfMore(summary, rows),
  ];
}

/** The command that goes on with variants, and what its next look costs. */
function priceOfMore(summary: Summary, rows: readonly SummaryRow[]): string {
  const { experiment, file, tier, looks } = summary;
  // A table of several experiments is named `a+b`: each of them goes on by itself.
  const files = file === null ? experiment.split("+").map((name) => `experiments/${name}.json`) : [file];
  const tierFlag = tier === "" ? "" : ` --tier ${tier}`;
  const run = (flags: string): string =>
    files.map((path) => `\`moe-lab run ${path}${tierFlag} ${flags}\``).join(" and ");
  const asked = Math.max(0, ...summary.rows.map((row) => row.seedsAsked));
  if (looks.nextSeeds !== null) {
    const price = priceWords(summary, rows, looks.nextSeeds.length - asked);
    return `To go on: ${run("--until-decided")}; the next look takes ${price}.`;
  }
  const used = `The ${percent(summary.alpha, 0)} % of false positives ${looks.planned === 1 ? "that the one look was planned with" : `of all ${looks.planned} looks`} are used, so more of these seeds decide nothing`;
  const price = priceWords(summary, rows, asked);
  return `${used}. Anew, on other seeds: ${run("--until-decided --first-seed N")}, N after the last one used; its first look takes ${price}.`;
}

/** In a line of 80: the seeds that would find a difference of the margin, the flags that go on, and what the next look takes. */
export function shortPriceOfMore(summary: Summary, row: SummaryRow): string {
  const { looks } = summary;
  const asked = Math.max(0, ...summary.rows.map((each) => each.seedsAsked));
  const isAnew = looks.nextSeeds === null;
  const more = looks.nextSeeds === null ? asked : looks.nextSeeds.length - asked;
  const { runs, minutes } = priceOf(summary, [row], more);
  const price = [`${runs} runs`, ...(minutes === null ? [] : [`${Math.max(1, Math.round(minutes))} min`])];
  const seeds = row.comparison?.seedsForMargin ?? null;
  return `To decide: ${seeds === null ? "" : `~${seeds} seeds, `}--until-decided${isAnew ? " --first-seed N" : ""} (${price.join(", ")}).`;
}

/** `16 runs, about 6 minutes of one core`, for so many seeds more of some variants and their baselines. */
function priceWords(summary: Summary, rows: readonly SummaryRow[], seeds: number): string {
  const { runs, minutes } = priceOf(summary, rows, seeds);
  if (minutes === null) return `${runs} runs`;
  return `${runs} runs, about ${minutes < 1.5 ? "a minute" : `${Math.round(minutes)} minutes`} of one core`;
}

/** Runs and, where speeds are known, minutes of one core. */
function priceOf(
  summary: Summary,
  rows: readonly SummaryRow[],
  seeds: number,
): { readonly runs: number; readonly minutes: number | null } {
  const names = new Set(rows.flatMap(({ variant }) => [variant, baselineOf(summary, variant)]));
  const active = summary.rows.filter(({ variant }) => names.has(variant));
  const runs = active.length * seeds;
  const tokens = tokensTrained(summary.settings);
  const speeds = active.map((row) => row.trainTokensPerSecond);
  if (speeds.some((speed) => speed === null)) return { runs, minutes: null };
  const minutes = speeds.reduce<number>((sum, speed) => sum + (seeds * tokens) / (speed ?? NaN) / 60, 0);
  return { runs, minutes };
}
