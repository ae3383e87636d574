import { describe, expect, it } from "vitest";
import { pool } from "../../src/analysis/pool.ts";
import { summarise } from "../../src/analysis/summary.ts";
import type { Settings } from "../../src/config/settings.ts";
import type { ExperimentResults, RunRow } from "../../src/records/experiment.ts";
import { example } from "../tables/example.ts";

/** The example under another name, with runs and experiment changed. */
function second(
  changeRun: (run: RunRow) => RunRow | null = (run) => run,
  change: Partial<ExperimentResults["record"]["experiment"]> = {},
): ExperimentResults {
  const experiment = { ...example.record.experiment, name: "second", ...change };
  return {
    ...example,
    record: { ...example.record, experiment },
    runs: example.runs.flatMap((run) => changeRun(run) ?? []),
  };
}
const otherRunsOf = (variant: string) => (run: RunRow) =>
  run.variant === variant ? { ...run, runId: `${run.runId}-other` } : run;

/** The settings of every variant changed. */
function withSettings(change: (settings: Settings) => Settings): ExperimentResults {
  const variants = example.record.experiment.variants.map((variant) => ({
    ...variant,
    settings: change(variant.settings),
  }));
  return second((run) => ({ ...run, runId: `${run.runId}-other` }), { variants });
}

describe("experiments with the same baseline runs", () => {
  it("equal variants once; another one of the same name beside it, both with their experiment's name", () => {
    const { pools, refusals } = pool([example, second(otherRunsOf("attention"))]);
    expect(refusals).toEqual([]);
    expect(pools).toHaveLength(1);
    const summary = summarise(pools[0]!.input);
    expect(
      summary.rows
        .map((row) => [row.variant, row.label])
        .filter(([, label]) => /\((attention-router|second)\)$/.test(label!)),
    ).toEqual([
      ["attention", "Attention (attention-router)"],
      ["second/attention", "Attention (second)"],
    ]);
    expect(summary.rows).toHaveLength(7);
    // Holm is over all of them: four of the example with two pairs or more, and the new one.
    expect(summary.familySize).toBe(5);
  });
  it("a variant under another name is known by its runs", () => {
    const renamed = second((run) => (run.variant === "linear" ? { ...run, variant: "classic" } : run), {
      baseline: "classic",
      variants: example.record.experiment.variants.map((variant) =>
        variant.name === "linear" ? { ...variant, name: "classic", label: "Classic" } : variant,
      ),
    });
    const facts = { ...renamed.record.variants, classic: renamed.record.variants["linear"]! };
    const { pools } = pool([example, { ...renamed, record: { ...renamed.record, variants: facts } }]);
    expect(pools).toHaveLength(1);
    expect(pools[0]!.input.record.experiment.variants.map(({ name }) => name)).toEqual(
      example.record.experiment.variants.map(({ name }) => name),
    );
  });
  it("a shared variant that is labelled differently goes by its name", () => {
    const variants = example.record.experiment.variants.map((variant) =>
      variant.name === "linear" ? { ...variant, label: "Weight 0.01" } : variant,
    );
    const { rows } = summarise(
      pool([example, second(otherRunsOf("attention"), { variants })]).pools[0]!.input,
    );
    expect(rows.find((row) => row.variant === "linear")!.label).toBe("linear");
    expect(rows.find((row) => row.variant === "frozen")!.label).toBe("Linear, frozen");
  });
  it("seeds that only one of them has are kept, and fewer seeds are not unfinished runs", () => {
    const fewer = second((run) => (run.seed === 3 ? null : otherRunsOf("attention")(run)), { seeds: [1, 2] });
    for (const order of [
      [example, fewer],
      [fewer, example],
    ]) {
      const { pools, refusals } = pool(order);
      expect(refusals).toEqual([]);
      const summary = summarise(pools[0]!.input);
      const of = (label: string) => summary.rows.find((row) => row.label === label)!;
      expect(of("Linear")).toMatchObject({ seedsFinished: 3, seedsAsked: 3 });
      expect(of("Attention (attention-router)")).toMatchObject({ seedsFinished: 3 });
      expect(of("Attention (second)")).toMatchObject({ seedsFinished: 2, seedsAsked: 2 });
      expect(of("Attention (second)").comparison!.pairs.map(({ seed }) => seed)).toEqual([1, 2]);
    }
  });
  it("a run that is finished in one of them is finished", () => {
    const unfinished = second((run) => (run.seed === 3 ? { ...run, status: "missing", results: null } : run));
    for (const order of [
      [example, unfinished],
      [unfinished, example],
    ]) {
      const summary = summarise(pool(order).pools[0]!.input);
      expect(summary.rows.find((row) => row.variant === "attention")!.seedsFinished).toBe(3);
    }
  });
  it("another margin, metric and timing pass are told", () => {
    const other = second(otherRunsOf("attention"), { margin: 0.005, metric: "train_loss_nats" });
    expect(pool([example, other]).pools[0]!.notes).toEqual([
      "second states metric train_loss_nats and a margin of 0.50 %; what attention-router states is used.",
      "Tokens per s of second come from a timing pass of its own: compare them among its own rows.",
    ]);
    expect(pool([example, second()]).pools[0]!.notes).toEqual([]);
  });
  it("unequal compute, text and training, and rows that see the future, keep their marks in the joined table", () => {
    const variants = example.record.experiment.variants.map((variant) => {
      const { settings } = variant;
      if (variant.name === "attention") {
        return { ...variant, settings: { ...settings, data: { ...settings.data, testShare: 0.2 } } };
      }
      if (variant.name !== "frozen") return variant;
      return { ...variant, settings: { ...settings, training: { ...settings.training, steps: 800 } } };
    });
    const changed = second(
      (run) => (run.variant === "linear" ? run : { ...run, runId: `${run.runId}-other` }),
      {
        variants,
      },
    );
    const summary = summarise(pool([example, changed]).pools[0]!.input);
    const kinds = (variant: string) =>
      summary.rows.find((row) => row.variant === variant)!.marks.map((mark) => mark.kind);
    expect(kinds("second/attention")).toEqual(["unequal-data"]);
    expect(kinds("second/frozen")).toEqual(["unequal-training", "provenance"]);
    expect(kinds("second/dense")).toEqual(["unequal-compute"]);
    expect(kinds("second/expert-choice")).toEqual(["non-causal"]);
    expect(kinds("attention")).toEqual([]);
  });
});

describe("experiments that can't share a table", () => {
  it("other text, size and length are named", () => {
    const changed = withSettings((settings) => ({
      ...settings,
      model: { ...settings.model, width: 128 },
      data: { ...settings.data, domains: settings.data.domains.slice(0, 1) },
      training: { ...settings.training, steps: 800 },
    }));
    const { pools, refusals } = pool([example, changed]);
    expect(pools.map(({ input }) => input.record.experiment.name)).toEqual(["attention-router", "second"]);
    expect(refusals).toEqual([
      "attention-router and second can't share a table: their baselines are not the same runs (model.width 64 and 128, data.domains differs, training.steps 1600 and 800).",
    ]);
  });
  it("equal settings, but other data or code", () => {
    expect(pool([example, second(otherRunsOf("linear"))]).refusals[0]).toContain(
      "their baselines have equal settings, but were trained on other data or by other code",
    );
  });
  it("no seed in common, or none finished", () => {
    const later = second((run) => ({ ...run, seed: run.seed + 3, runId: `${run.runId}-later` }));
    expect(pool([example, later]).refusals[0]).toContain("no seed in common");
    const none = (results: ExperimentResults) => ({
      ...results,
      runs: results.runs.map((run): RunRow => ({ ...run, status: "missing", results: null })),
    });
    expect(pool([none(example), none(second())]).refusals[0]).toContain(
      "no run of their baseline is finished yet",
    );
  });
  it("of three, those that can share one do", () => {
    const apart = { ...second(otherRunsOf("linear")) };
    const { pools, refusals } = pool([example, apart, second(otherRunsOf("attention"))]);
    expect(pools.map(({ input }) => input.record.experiment.name)).toEqual([
      "attention-router+second",
      "second",
    ]);
    expect(refusals).toHaveLength(1);
  });
  it("--baseline decides which runs must be equal", () => {
    const changed = second(otherRunsOf("linear"));
    expect(pool([example, changed], "attention").pools).toHaveLength(1);
    expect(pool([example, second(otherRunsOf("attention"))], "attention").pools).toHaveLength(2);
  });
});
