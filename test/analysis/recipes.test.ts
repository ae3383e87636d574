import { describe, expect, it } from "vitest";
import { bestOfEach, compareRecipes, survivalOf } from "../../src/analysis/recipes.ts";
import { summarise, type SummaryInput } from "../../src/analysis/summary.ts";
import type { Verdict } from "../../src/analysis/verdict.ts";
import { example } from "../tables/example.ts";

const { experiment } = example.record;

describe("survival", () => {
  it.each<[readonly (Verdict | null)[], ReturnType<typeof survivalOf>]>([
    [["better", "better", "better within the margin"], "yes"],
    [["worse", "worse"], "yes"],
    [["equivalent", "worse within the margin", "equivalent"], "yes"],
    [["better", "equivalent"], "no"],
    [["equivalent", "worse"], "no"],
    [["better", "better", "worse"], "sign changes"],
    [["better within the margin", "undecided", "worse within the margin"], "sign changes"],
    [["better", "undecided"], "undecided"],
    [["better", null], "undecided"],
    [["undecided", "undecided"], "undecided"],
    [["better"], null],
  ])("%j: %s", (verdicts, survival) => expect(survivalOf(verdicts)).toBe(survival));
});

/** The example with its variants' losses moved by a difference, as results under a recipe. */
function under(name: string, moved: Readonly<Record<string, number>>): SummaryInput {
  return {
    ...example,
    record: { ...example.record, experiment: { ...experiment, recipe: { name, isBestOf: false } } },
    runs: example.runs.map((run) => ({
      ...run,
      results: run.results && {
        ...run.results,
        validationLossNats: run.results.validationLossNats + (moved[run.variant] ?? 0),
      },
    })),
  };
}

describe("an experiment under recipes", () => {
  it("each variant's verdicts, within each recipe against that recipe's baseline", () => {
    // Dense is worse by 0.07 +- 0.01; moved by -0.14 it is better by as much. A move of all moves no difference.
    const everywhere = Object.fromEntries(experiment.variants.map(({ name }) => [name, 0.3]));
    const verdicts = compareRecipes(example, [under("all-moved", everywhere), under("other", { dense: -0.14 })])!;
    expect(verdicts.recipes.map(({ name }) => name)).toEqual(["all-moved", "other"]);
    const dense = verdicts.rows.find(({ own }) => own.variant === "dense")!;
    expect([dense.own, ...dense.others].map((row) => row!.comparison!.verdict)).toEqual(["worse", "worse", "better"]);
    expect(dense.survives).toBe("sign changes");
    expect(dense.others[0]!.comparison!.meanDifference).toBeCloseTo(0.07, 12);
    const attention = verdicts.rows.find(({ own }) => own.variant === "attention")!;
    expect(attention.survives).toBe("undecided");
    expect(verdicts.rows.map(({ own }) => own.variant)).not.toContain("linear");
  });
  it("a recipe that is not for a variant says nothing of it; one without finished pairs is left out", () => {
    const some = under("some", {});
    const only = { ...some, runs: some.runs.filter(({ variant }) => ["linear", "dense"].includes(variant)) };
    const rows = compareRecipes(example, [only])!.rows;
    expect(rows.find(({ own }) => own.variant === "attention")).toMatchObject({ others: [null], survives: null });
    expect(rows.find(({ own }) => own.variant === "dense")).toMatchObject({ survives: "yes" });
    expect(compareRecipes(example, [{ ...some, runs: [] }])).toBeNull();
    expect(compareRecipes(example, [])).toBeNull();
  });
});

describe("each at its own best", () => {
  const SEEDS = [1, 2, 3];
  /** Losses by arm and learning rate at seeds 1, 2, 3. */
  function tuned(losses: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>): SummaryInput {
    const [template] = example.runs;
    const [plain] = experiment.variants;
    const cells = Object.entries(losses).flatMap(([arm, rates]) =>
      Object.entries(rates).map(([rate, values]) => ({ name: `${arm}, lr=${rate}`, values })),
    );
    const variants = cells.map(({ name }) => ({ ...plain!, name, label: `A, labelled ${name}` }));
    return {
      record: {
        ...example.record,
        experiment: {
          ...experiment,
          ...{ baseline: "linear, lr=1", controls: { floor: null, dense: null }, variants, seeds: SEEDS },
          recipe: { name: "tuned", isBestOf: true },
        },
        variants: Object.fromEntries(cells.map(({ name }) => [name, example.record.variants["linear"]!])),
      },
      runs: cells.flatMap(({ name, values }) =>
        values.map((validationLossNats, i) => ({
          ...template!,
          ...{ variant: name, seed: i + 1, runId: `${name}-${i}` },
          results: { ...template!.results!, validationLossNats },
        })),
      ),
    };
  }
  it("takes for each seed what is best at the others, whatever it gives at this one", () => {
    // linear: 1 is better on average whichever seed is left out. other: without seed 1 the means are 2.5 and 2.0, without 2
    // they are 1.5 and 2.0, without 3 1.5 and 2.0.
    const input = tuned({
      linear: { 1: [1, 1.1, 1.2], 2: [2, 2.1, 2.2] },
      other: { 1: [1, 3, 2], 2: [2, 2, 2] },
    });
    const best = bestOfEach(input)!;
    const lossOf = (variant: string) =>
      best.runs.filter((run) => run.variant === variant).map((run) => run.results!.validationLossNats);
    expect(lossOf("linear")).toEqual([1, 1.1, 1.2]);
    expect(lossOf("other")).toEqual([2, 3, 2]);
    const { rows } = summarise(best);
    expect(rows.map(({ variant, label, comparedWith }) => [variant, label, comparedWith])).toEqual([
      ["linear", "A, labelled linear", null],
      ["other", "A, labelled other", "linear"],
    ]);
  });
  it("names the combinations, and stands beside the others", () => {
    const input = tuned({ linear: { 1: [1, 1.1], 2: [2, 2.1] }, dense: { 1: [1.5, 1.6], 2: [1.4, 1.5] } });
    const { recipes, rows } = compareRecipes(example, [input])!;
    expect(recipes[0]).toMatchObject({ name: "tuned", bestOf: ["lr=1", "lr=2"] });
    expect(rows.find(({ own }) => own.variant === "dense")!.others[0]!.comparison!.meanDifference).toBeCloseTo(0.4, 12);
  });
  it("uses only seeds that all combinations have, and needs two of them", () => {
    const partly = tuned({ linear: { 1: [1, 1.1, 1.2], 2: [2, 2.1] }, other: { 1: [1, 1, 1], 2: [1, 1, 1] } });
    expect(bestOfEach(partly)!.runs.filter(({ variant }) => variant === "linear")).toHaveLength(2);
    expect(bestOfEach(tuned({ linear: { 1: [1], 2: [2] }, other: { 1: [1], 2: [1] } }))).toBeNull();
  });
});
