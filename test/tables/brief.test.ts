/** The answer in sentences, one table of 80 columns, two lines below. */
import { describe, expect, it } from "vitest";
import { summarise } from "../../src/analysis/summary.ts";
import { readExperimentFiles } from "../../src/store/experiment-files.ts";
import { briefTable, headlineOf } from "../../src/tables/brief.ts";
import { printTerminal } from "../../src/tables/print-terminal.ts";

const summaryOf = (folder: string) => summarise(readExperimentFiles(`results/${folder}`));

describe("the headline", () => {
  it("says who trains the better model, by how much, how sure, and whether routing can be seen", () => {
    // difference_percent of results/shared-expert-until-decided/summary.csv, over two looks.
    expect(headlineOf(summaryOf("shared-expert-until-decided"))).toEqual([
      "Shared expert trains a better model than Linear: -0.19 % validation loss, 97 % interval -0.35 to -0.02, 16 seeds. " +
        "How much routing matters at this size is not known: there is no frozen control.",
    ]);
  });

  it("says of an undecided one what would decide it, for what price", () => {
    const [answer, onward] = headlineOf(summaryOf("aa-quick"));
    expect(answer).toContain(
      "Whether Linear, draw 1 or Linear trains the better model is undecided: -0.06 % validation loss",
    );
    // Its frozen control has no verdict either.
    expect(answer).toContain("can't tell learned routing from frozen random routing (+1.7 %)");
    expect(onward).toBe("To decide: ~122 seeds, --until-decided --first-seed N (8 runs, 2 min).");
  });

  it("says in a line of 80 what would decide it, however large the numbers", () => {
    const summary = summaryOf("aa-quick");
    const rows = summary.rows.map((row) => ({
      ...row,
      seedsAsked: 4999,
      trainTokensPerSecond: 9000,
      comparison: row.comparison && { ...row.comparison, seedsForMargin: 10_000 },
    }));
    const [, onward = ""] = headlineOf({ ...summary, rows });
    // Two variants of 4 999 seeds more, of 500 steps of 1 024 tokens each: 9 998 x 512 000 / 9 000 / 60 minutes.
    expect(onward).toBe("To decide: ~10000 seeds, --until-decided --first-seed N (9998 runs, 9480 min).");
    expect(onward.length).toBeLessThanOrEqual(80);
  });

  it("groups the other variants by verdict, and leaves the controls to the table", () => {
    const [answer] = headlineOf(summaryOf("attention-router"));
    expect(answer).toContain("better Hash.");
    expect(answer).toContain("worse Attention, scale-matched; Linear, no balancing;");
    expect(answer).not.toContain("Dense");
    expect(answer).toContain("The lab can see routing at this size: frozen random routing costs +1.6 %.");
  });

  it("has none without a finished pair, and no evidence from one seed", () => {
    const results = readExperimentFiles("results/aa-quick");
    const without = summarise({ ...results, runs: [] });
    expect(headlineOf(without)).toEqual(["No finished pair of runs yet, so there is no answer."]);
    // Runs on text answer no questions.
    expect(headlineOf(summarise(results, { metric: "test_wrong_share" }))).toEqual([
      "No finished run has the number test_wrong_share, so there is no answer.",
    ]);
    const one = summarise({ ...results, runs: results.runs.filter(({ seed }) => seed === 1) });
    expect(headlineOf(one)[0]).toMatch(
      /^Linear, draw 1 against Linear: [+-]\d\.\d\d % validation loss with one seed, which is no evidence\./,
    );
  });
});

it.each(["attention-router", "aa-quick", "olmoe-granularity-quick"])(
  "%s fits 80 columns in one table",
  (folder) => {
    const text = printTerminal(briefTable(summaryOf(folder)), { columns: 80, color: false });
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(text.split("\n").filter((line) => line.startsWith("─"))).toHaveLength(1);
  },
);
