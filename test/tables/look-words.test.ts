import { describe, expect, it } from "vitest";
import { evenSteps, planLooks, takeLook } from "../../src/analysis/look-plan.ts";
import { summarise, type Summary } from "../../src/analysis/summary.ts";
import type { LooksRecord, Procedure } from "../../src/records/looks.ts";
import { intervalWords, lookNotes, testWords, undecidedNotes } from "../../src/tables/look-words.ts";
import { lossTable } from "../../src/tables/loss.ts";
import { signFlipNotes } from "../../src/tables/words.ts";
import { example } from "./example.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const recordOf = (...procedures: readonly Procedure[]): LooksRecord => ({
  ...{ format: 1, current: procedures.length - 1, procedures },
});
const summaryOf = (looks?: LooksRecord): Summary => summarise({ ...example, ...(looks && { looks }) });
const planned = takeLook(planLooks("q", evenSteps([1], 3, 9)), upTo(3));
const single = takeLook(planLooks("q", [upTo(3)]), upTo(3));
const spent = takeLook(takeLook(planLooks("q", [upTo(2)]), upTo(2)), upTo(3));

describe("one look, planned as one", () => {
  it("reads as without a record, and has nothing to say of looks", () => {
    for (const summary of [summaryOf(), summaryOf(recordOf(single))]) {
      expect(intervalWords(summary)).toBe("half a 95 % t-interval over seeds");
      expect(testWords(summary)).toBe("paired t, Holm over 4 comparisons");
      expect(lookNotes(summary)).toEqual([]);
    }
  });
  it("undecided: more of these seeds decide nothing, and what starting anew costs", () => {
    const [seeds, onward] = undecidedNotes(summaryOf(recordOf(single)));
    expect(seeds).toMatch(
      /^Undecided: seeds that would find a difference of the margin \(0.30 %\) .* about Attention \d+/,
    );
    expect(onward).toContain(
      "`moe-lab run experiments/attention-router.json --tier standard --until-decided --first-seed N`",
    );
    // Attention, expert choice and frozen are undecided: with the baseline 4 x 3 runs, each 1.6384 M tokens at 28 415.5 a second.
    expect(onward).toContain(
      `12 runs, about ${Math.round((12 * 1_638_400) / 28_415.5 / 60)} minutes of one core`,
    );
  });
});

describe("one look of several planned", () => {
  const summary = summaryOf(recordOf(planned));
  it("says what holds over all of them, and what was used", () => {
    expect(intervalWords(summary)).toBe(
      "half a t-interval over seeds, wide enough to hold at all 3 looks with 95 %",
    );
    expect(testWords(summary)).toBe("paired t, over 3 looks, Holm over 4 comparisons");
    expect(lookNotes(summary)).toEqual([
      "1st look at the data, of 3 planned (3 seeds): 1.67 of 5 % false positives used. p counts all 3 looks; a variant that has its verdict gets no more seeds.",
    ]);
  });
  it("undecided: the command that goes on, and the price of the next look", () => {
    const onward = undecidedNotes(summary)[1];
    expect(onward).toMatch(
      /^To go on: `moe-lab run experiments\/attention-router.json --tier standard --until-decided`/,
    );
    expect(onward).toMatch(/the next look takes \d+ runs/);
  });
  it("undecided in a table of two experiments: the command of each", () => {
    expect(undecidedNotes({ ...summary, experiment: "a+b", tier: "" })[1]).toContain(
      "`moe-lab run experiments/a.json --until-decided` and `moe-lab run experiments/b.json --until-decided`;",
    );
  });
  it("undecided: the file that was run, where it is known", () => {
    expect(undecidedNotes({ ...summary, file: "mine/top-k.json" })[1]).toMatch(
      /^To go on: `moe-lab run mine\/top-k.json /,
    );
  });
  it("is in the data", () => {
    const { rows } = lossTable(summary);
    const attention = rows.find(({ cells }) => cells["variant"] === "attention")!.cells;
    expect(attention).toMatchObject({ look: 1, looks_taken: 1, looks_planned: 3, alpha_used: 0.05 / 3 });
    expect(attention["interval_level"]).toBeCloseTo(1 - 0.05 / 3, 12);
    expect(attention["looks_p"]).toBeGreaterThan(attention["p"] as number);
    const dense = rows.find(({ cells }) => cells["variant"] === "dense")!.cells;
    expect(dense["holm_p"]).toBeCloseTo(4 * (dense["looks_p"] as number), 12);
  });
});

it("a look beyond those planned: whose verdicts they are", () => {
  expect(lookNotes(summaryOf(recordOf(spent)))).toEqual([
    "2nd look at the data, but 1 was planned, and used all of the 5 % of false positives: verdicts are those of the 1st look, p (Holm) too; differences and ± are of all seeds, and not protected against looking more often.",
  ]);
});

it("an earlier procedure on other seeds is not hidden", () => {
  const before = { ...planLooks("q", [[20, 21]]), taken: 1 };
  expect(lookNotes(summaryOf(recordOf(before, single)))).toEqual([
    "The question was asked before on other seeds (1 time, in looks.json), with 5 % of false positives each time.",
  ]);
});

it("sign flips stand beside, with the smallest p that so many pairs allow", () => {
  // Attention's three differences have one sign: 2 of 8 patterns; expert choice's two: 2 of 4.
  expect(signFlipNotes(summaryOf())).toEqual([
    "Without the t-test's assumption of normal differences, by sign flips (all sign patterns; no correction; the smallest p possible is 0.250 with 3 pairs, 0.500 with 2 pairs): Attention 0.250, Expert choice 0.500, Linear, frozen 0.250, Dense 0.250.",
  ]);
});
