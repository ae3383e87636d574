import { describe, expect, it } from "vitest";
import { compareRecipes, survivalOf } from "../../src/analysis/recipes.ts";
import { summarise, type SummaryInput } from "../../src/analysis/summary.ts";
import { tune } from "../../src/analysis/tuned.ts";
import type { Verdict } from "../../src/analysis/verdict.ts";
import type { RecipeName } from "../../src/config/recipes.ts";
import { example } from "../tables/example.ts";
import { everywhere, exampleUnder } from "../tables/made-up-recipes.ts";

describe("survival", () => {
  it.each<[readonly (Verdict | null)[], ReturnType<typeof survivalOf>]>([
    [["better", "better", "better within the margin"], "yes"],
    [["worse", "worse"], "yes"],
    [["equivalent", "worse within the margin", "equivalent"], "yes"],
    [["better", "equivalent"], "no"],
    [["equivalent", "worse"], "no"],
    [["better", "undecided", "equivalent"], "no"],
    [["better", "better", "worse"], "sign changes"],
    [["undecided", "better", "worse"], "sign changes"],
    [["better within the margin", "undecided", "worse within the margin"], "sign changes"],
    [["better", "undecided"], "undecided"],
    [["undecided", "better"], "undecided"],
    [["better", null], "undecided"],
    [[null, "better"], "undecided"],
    [["undecided", "undecided"], "undecided"],
    [[null, null], null],
    [["better"], null],
  ])("%j: %s", (verdicts, survival) => expect(survivalOf(verdicts)).toBe(survival));
});

const input = (recipe: RecipeName, moved: Readonly<Record<string, number>> = {}) => ({
  recipe,
  results: exampleUnder(recipe, moved),
});

describe("an experiment under recipes", () => {
  it("each variant's verdicts, within each recipe against that recipe's baseline", () => {
    // Dense is worse by 0.07 +- 0.01; moved by -0.14 it is better by as much. A move of all moves no difference.
    const found = compareRecipes(example, [
      input("half-length", { dense: -0.14 }),
      input("half-rate", everywhere(0.3)),
    ])!;
    expect(found.treatments).toEqual(["as-written", "half-rate", "half-length"]);
    expect(found.rows.map(({ variant }) => variant)).not.toContain("linear");
    const dense = found.rows.find(({ variant }) => variant === "dense")!;
    expect(found.treatments.map((name) => dense.comparisons[name]!.verdict)).toEqual([
      ...["worse", "worse", "better"],
    ]);
    expect(dense.survives).toBe("sign changes");
    expect(dense.comparisons["half-rate"]!.meanDifference).toBeCloseTo(0.07, 12);
    // The baseline under half-rate is 1.52 + 0.3.
    expect(dense.comparisons["half-rate"]!.relative.mean).toBeCloseTo(0.07 / 1.82, 12);
    expect(dense.comparisons["half-length"]!.meanDifference).toBeCloseTo(-0.07, 12);
    expect(found.rows.find(({ variant }) => variant === "attention")!.survives).toBe("undecided");
  });
  it("Holm is over the family of each recipe by itself", () => {
    const { results } = input("half-rate");
    const only = { ...results, runs: results.runs.filter(({ variant }) => /linear|dense/.test(variant)) };
    const dense = compareRecipes(example, [{ recipe: "half-rate", results: only }])!.rows.find(
      ({ variant }) => variant === "dense",
    )!;
    // Alone in its family its p is corrected by nothing; as written it is the smallest of the example's four tests.
    const { "half-rate": alone, "as-written": among } = dense.comparisons;
    expect(alone!.holmP).toBeCloseTo(alone!.test!.p, 12);
    expect(among!.holmP).toBeCloseTo(4 * among!.test!.p, 12);
  });
  it("baseline, metric and margin can be asked otherwise, for all recipes alike", () => {
    const asked = { baseline: "attention", metric: "train_loss_nats", margin: 0.05 };
    const found = compareRecipes(example, [input("half-rate")], summarise(example, asked))!;
    expect(found).toMatchObject({ baseline: "attention", margin: 0.05, metric: { name: "train_loss_nats" } });
    const linear = found.rows.find(({ variant }) => variant === "linear")!;
    expect(linear.comparisons["half-rate"]!.meanDifference).toBeCloseTo(0.02, 12);
    expect(linear).toMatchObject({ survives: "yes", comparedWith: "attention" });
  });
  it("results of other settings than the experiment's are not used, and named", () => {
    const longer = {
      ...example,
      record: {
        ...example.record,
        experiment: {
          ...example.record.experiment,
          variants: example.record.experiment.variants.map((variant) => ({
            ...variant,
            settings: { ...variant.settings, training: { ...variant.settings.training, steps: 3200 } },
          })),
        },
      },
    };
    expect(compareRecipes(longer, [input("half-rate")])).toBeNull();
    const mixed = compareRecipes(example, [
      input("half-rate"),
      { recipe: "double-rate", results: exampleUnder("half-length") },
    ])!;
    expect(mixed).toMatchObject({ treatments: ["as-written", "half-rate"], outdated: ["double-rate"] });
  });
  it("a variant that a recipe does not have is undecided; without recipes there is nothing", () => {
    const { results } = input("half-rate");
    const only = { ...results, runs: results.runs.filter(({ variant }) => /linear|dense/.test(variant)) };
    const { rows } = compareRecipes(example, [{ recipe: "half-rate", results: only }])!;
    expect(rows.find(({ variant }) => variant === "attention")).toMatchObject({
      comparisons: { "half-rate": null },
      survives: "undecided",
    });
    expect(rows.find(({ variant }) => variant === "dense")).toMatchObject({ survives: "yes" });
    expect(compareRecipes(example, [])).toBeNull();
  });
});

describe("each at its own best", () => {
  /** Losses of linear and dense at seeds 1, 2, .. under a learning rate; null is not finished. */
  function at(
    recipe: RecipeName | null,
    losses: Readonly<Record<"linear" | "dense", readonly (number | null)[]>>,
  ): SummaryInput {
    const { record } = recipe === null ? example : exampleUnder(recipe);
    const template = example.runs[0]!;
    return {
      record,
      runs: Object.entries(losses).flatMap(([variant, values]) =>
        values.map((loss, index) => ({
          ...template,
          ...{ variant, seed: index + 1, runId: `${variant}-${index}-${recipe}` },
          results: loss === null ? null : { ...template.results!, validationLossNats: loss },
        })),
      ),
    };
  }
  const written = at(null, { linear: [2, 2.2, 2.4], dense: [3, 3.3, 3.6] });
  const half = at("half-rate", { linear: [1, 1.1, 1.2], dense: [4, 4, 4] });
  const double = at("double-rate", { linear: [5, 5, 5], dense: [3.1, 3.1, 3.5] });
  const all = { "as-written": written, "half-rate": half, "double-rate": double };

  it("the baseline and each variant at the rate with its lowest mean loss", () => {
    // Means: linear 2.2, 1.1, 5; dense 3.3, 4, 3.2333.
    const tuned = tune(all)!;
    expect([...tuned.choices]).toEqual([
      ["linear", { at: "half-rate", peakLearningRate: 0.0015 }],
      ["dense", { at: "double-rate", peakLearningRate: 0.006 }],
    ]);
    const dense = summarise(tuned.input).rows.find(({ variant }) => variant === "dense")!;
    expect(dense.comparison!.pairs).toEqual([
      { seed: 1, variant: 3.1, baseline: 1 },
      { seed: 2, variant: 3.1, baseline: 1.1 },
      { seed: 3, variant: 3.5, baseline: 1.2 },
    ]);
    expect(dense.comparison!.meanDifference).toBeCloseTo((2.1 + 2 + 2.3) / 3, 12);
  });
  it("of equal means the rate as written", () => {
    const same = { linear: [1, 2, 3], dense: [1, 2, 3] };
    const tuned = tune({
      "as-written": at(null, same),
      "half-rate": at("half-rate", same),
      "double-rate": at("double-rate", same),
    })!;
    expect([...tuned.choices.values()].map((choice) => choice.at)).toEqual(["as-written", "as-written"]);
  });
  it("only seeds finished at all three count, for the choice and for the pairs", () => {
    // Over all its seeds half-rate would be the worse one for linear; over seed 1 alone it is the better one.
    const partly = at("half-rate", { linear: [1, 9, 9], dense: [4, 4, 4] });
    const less = at("double-rate", { linear: [5, null, null], dense: [3.1, 3.1, null] });
    const tuned = tune({ "as-written": written, "half-rate": partly, "double-rate": less })!;
    expect(tuned.choices.get("linear")!.at).toBe("half-rate");
    expect(tuned.input.runs.map(({ variant, seed }) => [variant, seed])).toEqual([
      ["linear", 1],
      ["dense", 1],
      ["dense", 2],
    ]);
    const none = at("double-rate", { linear: [null], dense: [null] });
    expect(tune({ ...all, "double-rate": none })).toBeNull();
  });
  it("is chosen on validation and judged on the test split, where all runs have that", () => {
    // Test losses are another order than validation's: dense is 0.5 above its validation, linear 1.
    const tested = ({ record, runs }: SummaryInput): SummaryInput => ({
      record,
      runs: runs.map((run) => {
        const results = run.results!;
        const above = run.variant === "dense" ? 0.5 : 1;
        return { ...run, results: { ...results, testLossNats: results.validationLossNats + above } };
      }),
    });
    const recipes = [
      { recipe: "half-rate", results: tested(half) },
      { recipe: "double-rate", results: tested(double) },
    ] as const;
    const found = compareRecipes(tested(written), recipes)!;
    const dense = found.rows.find(({ variant }) => variant === "dense")!;
    expect(found.isTunedOnTest).toBe(true);
    expect(found.tuned!.choices.get("dense")!.at).toBe("double-rate");
    // As above by validation: 6.4 / 3, less the half by which test is nearer.
    expect(dense.comparisons.tuned!.meanDifference).toBeCloseTo(6.4 / 3 - 0.5, 12);
    expect(dense.comparisons["as-written"]!.meanDifference).toBeCloseTo(1.1, 12);
    // One run without it: all are judged by what they have.
    const without = [recipes[0], { recipe: "double-rate", results: double }] as const;
    expect(compareRecipes(tested(written), without)!.isTunedOnTest).toBe(false);
  });
  it("stands beside the others, and needs both other rates", () => {
    const recipes = [
      { recipe: "half-rate", results: half },
      { recipe: "double-rate", results: double },
    ] as const;
    const found = compareRecipes(written, recipes)!;
    expect(found.treatments).toEqual(["as-written", "half-rate", "double-rate", "tuned"]);
    const dense = found.rows.find(({ variant }) => variant === "dense")!;
    expect(dense.comparisons.tuned!.meanDifference).toBeCloseTo(6.4 / 3, 12);
    expect(compareRecipes(written, recipes.slice(0, 1))!.tuned).toBeNull();
  });
});
