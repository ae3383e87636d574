import { describe, expect, it } from "vitest";
import { sensitivityOf } from "../../src/analysis/sensitivity.ts";
import { summarise, type Summary } from "../../src/analysis/summary.ts";
import { InputError } from "../../src/core/errors.ts";
import type { ExperimentResults } from "../../src/records/experiment.ts";
import { example } from "../tables/example.ts";

const row = (summary: Summary, variant: string) =>
  summary.rows.find((candidate) => candidate.variant === variant)!;

/** The example with some fields of the experiment replaced. */
function withExperiment(change: Partial<ExperimentResults["record"]["experiment"]>): ExperimentResults {
  return {
    ...example,
    record: { ...example.record, experiment: { ...example.record.experiment, ...change } },
  };
}

describe("summary of the example", () => {
  const summary = summarise(example);
  it("attention: differences -0.01, -0.02, -0.03 against a mean of 1.52", () => {
    // mean -0.02, sd 0.01, se 0.01 / sqrt 3; t = -2 sqrt 3; two degrees of freedom: p = 1 - |t| / sqrt(2 + t^2)
    const { comparison } = row(summary, "attention");
    expect(comparison!.meanDifference).toBeCloseTo(-0.02, 14);
    expect(comparison!.test!.t).toBeCloseTo(-2 * Math.sqrt(3), 10);
    expect(comparison!.test!.p).toBeCloseTo(1 - Math.sqrt(12) / Math.sqrt(14), 12);
    expect(comparison!.relative.mean).toBeCloseTo(-0.02 / 1.52, 14);
    // half width: quantile 4.302653 (tables, 97.5 %, 2 degrees of freedom) * 0.01 / sqrt 3 / 1.52
    expect(comparison!.relative.high! - comparison!.relative.mean).toBeCloseTo(
      (4.302653 * 0.01) / Math.sqrt(3) / 1.52,
      8,
    );
    expect(comparison!.signFlip).toEqual({ p: 0.25, smallestP: 0.25, method: "enumerated" });
    expect(comparison!.verdict).toBe("undecided");
  });
  it("Holm is over all four variants with two pairs or more, controls included", () => {
    expect(summary.familySize).toBe(4);
    // dense: t = 7 sqrt 3 has the smallest p, so it is multiplied by 4
    const dense = row(summary, "dense").comparison!;
    expect(dense.holmP).toBeCloseTo(4 * (1 - Math.sqrt(147) / Math.sqrt(149)), 12);
    expect(dense.verdict).toBe("worse");
  });
  it("counts runs by how they stand, and makes no number of what is missing", () => {
    expect(row(summary, "expert-choice")).toMatchObject({ seedsAsked: 3, seedsFinished: 2, seedsFailed: 1 });
    const hash = row(summary, "hash");
    expect(hash).toMatchObject({
      seedsAsked: 3,
      seedsFinished: 1,
      seedsFailed: 0,
      trainTokensPerSecond: null,
    });
    expect(hash.comparison).toMatchObject({
      test: null,
      verdict: null,
      holmP: null,
      relative: { low: null, high: null },
    });
    expect(row(summary, "linear")).toMatchObject({ role: "baseline", comparison: null, comparedWith: null });
  });
  it("marks unequal compute, future tokens and pairs of different engines", () => {
    expect(row(summary, "dense").marks).toEqual([
      { kind: "unequal-compute", detail: "total parameters -60 %" },
    ]);
    expect(row(summary, "expert-choice").marks.map((mark) => mark.kind)).toEqual(["non-causal"]);
    expect(row(summary, "frozen").marks).toEqual([{ kind: "provenance", detail: "at seed 2" }]);
    expect(row(summary, "attention").marks).toEqual([]);
  });
  it("takes parameters and FLOPs from the experts that were counted, and marks by them", () => {
    const { model } = example.record.experiment.variants[0]!.settings;
    const counted = { ...example.record.variants["attention"]!, expertsPerToken: [8, 8] };
    const variants = { ...example.record.variants, attention: counted };
    const found = row(summarise({ ...example, record: { ...example.record, variants } }), "attention");
    // 6 experts more than the declared 2 in each of 2 layers, each of 3 D F parameters and 6 D F FLOPs.
    const more = 2 * 6 * 3 * model.width * model.expertWidth;
    expect(model).toMatchObject({ topK: 2, layers: 2 });
    expect(found.cost).toEqual({
      totalParameters: 494_208,
      activeParameters: 199_296 + more,
      forwardFlopsPerToken: 415_744 + 2 * more,
    });
    expect(found.expertsPerToken).toEqual({ measured: 8, declared: 2 });
    expect(found.marks.map(({ kind }) => kind)).toEqual(["unequal-compute"]);
    expect(found.marks[0]!.detail).toMatch(/^active parameters \+\d+ %, forward FLOPs \+\d+ %$/);
    expect(row(summary, "attention").expertsPerToken).toEqual({ measured: null, declared: 2 });
  });
  it("compares the causal loss of a router that sees the future: 1.60 and 1.61 against 1.50 and 1.52", () => {
    expect(row(summary, "expert-choice").causalComparison!.meanDifference).toBeCloseTo(0.095, 12);
    expect(row(summary, "attention").causalComparison).toBeNull();
  });
  it("gives differences as shares of the distance from baseline to floor, 0.02", () => {
    expect(row(summary, "attention").shareOfFloorDistance).toBeCloseTo(-1, 12);
    expect(row(summary, "dense").shareOfFloorDistance).toBeCloseTo(3.5, 12);
  });
  it("sensitivity: controls, and what could have been seen", () => {
    const sensitivity = sensitivityOf(summary);
    expect(sensitivity.dense).toMatchObject({ meanDifference: expect.closeTo(0.07, 12) as number });
    expect(sensitivity.floor).toMatchObject({ meanDifference: expect.closeTo(0.02, 12) as number });
    // attention and expert choice; controls aside
    expect(sensitivity.smallestEffectShare!.least).toBe(
      row(summary, "attention").comparison!.smallestEffectShare,
    );
    expect(sensitivity.smallestEffectShare!.most).toBe(
      row(summary, "expert-choice").comparison!.smallestEffectShare,
    );
  });
});

describe("what may be asked", () => {
  it("another baseline: the differences change sign, and seeds finished in one alone are no pairs", () => {
    const summary = summarise(example, { baseline: "attention" });
    expect(row(summary, "linear").comparison!.meanDifference).toBeCloseTo(0.02, 14);
    expect(
      row(summarise(example, { baseline: "hash" }), "linear").comparison!.pairs.map((pair) => pair.seed),
    ).toEqual([1]);
  });
  it("another metric and margin", () => {
    const bits = summarise(example, { metric: "validation_bits_per_byte" });
    expect(row(bits, "attention").comparison!.meanDifference).toBeCloseTo(-0.02 / Math.LN2, 13);
    expect(summarise(example, { metric: "domain_mine_loss_nats" }).metric.label).toBe(
      "validation loss on mine",
    );
    // a margin of 5 % of 1.52 holds a difference of -0.02 +- 0.025
    const wide = row(summarise(example, { margin: 0.05 }), "attention").comparison!;
    expect(wide.equivalenceP).toBeLessThan(0.011);
    expect(wide.verdict).toBe("equivalent");
  });
  it("refuses unknown names with the nearest", () => {
    expect(() => summarise(example, { baseline: "lineer" })).toThrow(
      /no variant "lineer"; did you mean "linear"\?/,
    );
    expect(() => summarise(example, { metric: "validation_loss" })).toThrow(InputError);
  });
});

describe("edge cases", () => {
  it("a grid compares with the baseline of the same combination", () => {
    const [linear, attention] = example.record.experiment.variants;
    const variants = ["0.001", "0.003"].flatMap((rate) =>
      [linear!, attention!].map((variant) => ({ ...variant, name: `${variant.name}, lr=${rate}` })),
    );
    const facts = example.record.variants["linear"]!;
    const results: ExperimentResults = {
      ...example,
      record: {
        ...example.record,
        experiment: { ...example.record.experiment, baseline: "linear, lr=0.001", variants },
        variants: Object.fromEntries(variants.map(({ name }) => [name, facts])),
      },
      runs: variants.flatMap(({ name }) =>
        example.runs
          .filter((run) => run.variant === name.split(",")[0])
          .map((run) => ({ ...run, variant: name })),
      ),
    };
    const summary = summarise(results);
    expect(summary.rows.map((candidate) => [candidate.role, candidate.comparedWith])).toEqual([
      ["baseline", null],
      ["variant", "linear, lr=0.001"],
      ["baseline", null],
      ["variant", "linear, lr=0.003"],
    ]);
    expect(summary.familySize).toBe(2);
  });
  it("marks other text and other training length", () => {
    const variants = example.record.experiment.variants.map((variant) =>
      variant.name === "attention"
        ? {
            ...variant,
            settings: {
              ...variant.settings,
              data: { ...variant.settings.data, validationTokens: 1 },
              training: { ...variant.settings.training, steps: 800 },
            },
          }
        : variant,
    );
    expect(row(summarise(withExperiment({ variants })), "attention").marks.map((mark) => mark.kind)).toEqual([
      "unequal-data",
      "unequal-training",
    ]);
  });
  it("says whether another mixture of text is judged on the same text", () => {
    const marksOf = (weight: number, validationWeight: number | null): unknown => {
      const [first] = example.record.experiment.variants;
      const domains = first!.settings.data.domains;
      const mixed = domains.map((domain, i) => (i === 0 ? { ...domain, weight, validationWeight } : domain));
      const variants = example.record.experiment.variants.map((variant) =>
        variant.name === "attention"
          ? {
              ...variant,
              settings: { ...variant.settings, data: { ...variant.settings.data, domains: mixed } },
            }
          : variant,
      );
      return row(summarise(withExperiment({ variants })), "attention").marks.map(({ detail }) => detail);
    };
    const { weight } = example.record.experiment.variants[0]!.settings.data.domains[0]!;
    expect(example.record.experiment.variants[0]!.settings.data.domains.length).toBeGreaterThan(1);
    expect(marksOf(weight, null)).toEqual([]);
    expect(marksOf(4 * weight, null)).toEqual(["other text, or other validation tokens"]);
    expect(marksOf(4 * weight, weight)).toEqual([
      "other mixture of text, judged on the same validation text",
    ]);
  });
  it("without controls, and without any finished run", () => {
    const summary = summarise({ ...withExperiment({ controls: { floor: null, dense: null } }), runs: [] });
    expect(sensitivityOf(summary)).toEqual({ dense: "absent", floor: "absent", smallestEffectShare: null });
    expect(row(summary, "attention")).toMatchObject({
      seedsAsked: 3,
      seedsFinished: 0,
      metric: null,
      maxLoadShare: null,
    });
  });
  it("controls without a finished pair", () => {
    const summary = summarise({ ...example, runs: example.runs.filter((run) => run.variant !== "dense") });
    expect(sensitivityOf(summary).dense).toBe("unfinished");
  });
});

describe("a variant that is its baseline again, bit for bit", () => {
  const baselineAt = new Map(
    example.runs.filter(({ variant }) => variant === "linear").map((run) => [run.seed, run.results] as const),
  );
  const same = (seeds: readonly number[]): ExperimentResults => ({
    ...example,
    runs: example.runs.map((run) =>
      run.variant === "attention" && seeds.includes(run.seed)
        ? { ...run, results: baselineAt.get(run.seed) ?? null }
        : run,
    ),
  });
  const seeds = [...baselineAt.keys()];
  it("is marked, and not compared in earnest; the others' family is without it", () => {
    const summary = summarise(same(seeds));
    const attention = row(summary, "attention");
    expect(attention.marks).toEqual([{ kind: "identical", detail: `at all ${seeds.length} seeds` }]);
    expect(attention.comparison).toBeNull();
    expect(attention.metric).not.toBeNull();
    expect(summary.familySize).toBe(3);
  });
  it("is compared as soon as one seed differs", () => {
    const attention = row(summarise(same(seeds.slice(1))), "attention");
    expect(attention.marks).toEqual([]);
    expect(attention.comparison).not.toBeNull();
  });
});
