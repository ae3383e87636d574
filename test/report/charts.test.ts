import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { planLooks } from "../../src/analysis/look-plan.ts";
import { powerOfPairedT } from "../../src/analysis/power.ts";
import { summarise } from "../../src/analysis/summary.ts";
import type { ChartSpec } from "../../src/report/draw/chart-spec.ts";
import { differenceCurves } from "../../src/report/charts/curves.ts";
import { chartsOf } from "../../src/report/charts/plot-experiment.ts";
import type { ExperimentResults } from "../../src/records/experiment.ts";
import { readExperimentFiles } from "../../src/store/experiment-files.ts";
import { ELEVEN, madeUpResults } from "./fixture.ts";

const NAMES = ["difference", "slopes", "final-loss", "curves", "effect", "power", "load", "correlation"];
const SMALL = { evaluateEvery: 200, layers: 2, experts: 3 };

const pick = (...names: string[]) => ELEVEN.filter(({ name }) => names.includes(name));
const small = madeUpResults(pick("linear", "attention-matched", "expert-choice", "dense"), [0, 1, 2], SMALL);

const draw = (results: ExperimentResults) => chartsOf(results, summarise(results));
const namesOf = (results: ExperimentResults) => draw(results).map(({ name }) => name);

describe("curves of a later stage", () => {
  it("have no letter among differences, since none of their evaluations is at the baseline's step", () => {
    const results = readExperimentFiles("results/sft");
    const chart = draw(results).find(({ name }) => name === "curves");
    const tags = chart?.marks.find((mark) => mark.kind === "end-tags");
    // Five of seven variants are fine-tuned only: one is the baseline, at zero, and the others have a curve.
    expect(tags?.tags).toHaveLength(5);
    expect(tags?.tags.filter(({ value }) => value === 0)).toHaveLength(1);
  });
});
const chart = (results: ExperimentResults, name: string): ChartSpec => {
  const found = draw(results).find((spec) => spec.name === name);
  if (found === undefined) throw new Error(`there is no chart ${name}`);
  return found;
};
const textsOf = ({ marks }: ChartSpec) => marks.flatMap((mark) => (mark.kind === "text" ? [mark.text] : []));

/** Seven digits: the last ones of exp and log may differ between versions of V8. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === "number" ? Number(inner.toPrecision(7)) : inner,
    ),
  );
}

describe("charts as data", () => {
  // UPDATE_GOLDEN=1 writes the files anew; look at the pictures before committing them.
  it.each(NAMES)("%s is as in its golden file", (name) => {
    const path = join(import.meta.dirname, "golden", `${name}.json`);
    const found = rounded(chart(small, name));
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, JSON.stringify(found));
    expect(found).toEqual(JSON.parse(readFileSync(path, "utf8")));
  });

  it("hold no functions: JSON carries all of them", () => {
    for (const spec of draw(small)) expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  });

  it("come in a fixed order, and are one column wide", () => {
    expect(namesOf(small)).toEqual(NAMES);
    expect(new Set(draw(small).map(({ width }) => width))).toEqual(new Set([480]));
  });
});

describe("what a chart shows", () => {
  const twoSeeds: ExperimentResults = (() => {
    const results = madeUpResults(pick("linear", "attention-matched"), [0, 1], SMALL);
    const losses: Readonly<Record<string, number>> = {
      "linear/0": 1.9,
      "linear/1": 2.1,
      "attention-matched/0": 1.92,
      "attention-matched/1": 2.16,
    };
    return {
      ...results,
      runs: results.runs.map((run) => {
        const loss = losses[`${run.variant}/${run.seed}`] ?? NaN;
        return { ...run, results: run.results && { ...run.results, validationLossNats: loss } };
      }),
    };
  })();

  it("difference: pairs and their mean in percent of the baseline's mean", () => {
    // 0.02 and 0.06 of a mean of 2.
    const [mean, interval, seeds] = chart(twoSeeds, "difference").config.data.datasets;
    expect(seeds?.data.map(({ x }) => Number(x?.toFixed(10)))).toEqual([1, 3]);
    expect(mean?.data[0]?.["x"]).toBeCloseTo(2, 10);
    // t(0.975, 1) * sqrt(2) / sqrt(2).
    expect(interval?.data[0]?.["xMin"]).toBeCloseTo(2 - 12.7062, 4);
    expect(interval?.data[0]?.["xMax"]).toBeCloseTo(2 + 12.7062, 4);
  });

  it("difference: the margin as a band and a line at zero", () => {
    const { marks } = chart(twoSeeds, "difference");
    expect(marks.find(({ kind }) => kind === "band")).toMatchObject({ scale: "x", from: -0.3, to: 0.3 });
    expect(marks.find(({ kind }) => kind === "line")).toMatchObject({ scale: "x", value: 0 });
  });

  it("difference: sorted from the best to the worst, with verdict, size and interval under each name", () => {
    const texts = textsOf(chart(small, "difference"));
    const { rows } = summarise(small);
    const sorted = rows
      .filter(({ comparison }) => comparison !== null)
      .sort((a, b) => a.comparison!.meanDifference - b.comparison!.meanDifference);
    const order = sorted.map(({ label }) => texts.findIndex((text) => text.startsWith(label.split(",")[0]!)));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).not.toContain(-1);
    const dense = rows.find(({ variant }) => variant === "dense")!.comparison!;
    const half = ((dense.relative.high! - dense.relative.low!) / 2) * 100;
    expect(texts).toContain(
      `${dense.verdict}, +${(dense.relative.mean * 100).toFixed(2)} ±${half.toFixed(2)} %`,
    );
  });

  it("difference: a dashed line and a word at the floor's mean; none without a floor", () => {
    const floored = madeUpResults(pick("linear", "frozen"), [0, 1, 2], SMALL);
    const { comparison } = summarise(floored).rows.find(({ role }) => role === "floor")!;
    const { marks } = chart(floored, "difference");
    const percent = comparison!.relative.mean * 100;
    const line = marks.find((mark) => mark.kind === "line" && mark.dash.length > 0);
    expect(line).toMatchObject({ scale: "x", value: percent });
    expect(marks.find((mark) => mark.kind === "text" && mark.text === "floor")).toMatchObject({
      x: { value: percent },
    });
    expect(textsOf(chart(small, "difference"))).not.toContain("floor");
  });

  it("difference: says how many pairs where variants differ in it, and once where they don't", () => {
    const uneven = {
      ...small,
      runs: small.runs.filter(({ variant, seed }) => variant !== "dense" || seed > 0),
    };
    const pairs = (results: ExperimentResults) =>
      textsOf(chart(results, "difference")).flatMap((text) => /\d\u00a0pairs$/.exec(text) ?? []);
    expect(pairs(uneven).sort()).toEqual(["2\u00a0pairs", "3\u00a0pairs", "3\u00a0pairs"]);
    expect(pairs(small)).toEqual(["3\u00a0pairs"]);
    expect(textsOf(chart(small, "difference"))).toContain("bars: 95 % intervals over 3\u00a0pairs");
  });

  it("slopes: each seed's losses relative to the baseline's mean, and their mean", () => {
    const spec = chart(twoSeeds, "slopes");
    // Percent of the baseline's mean 2: linear -5 and +5, attention -4 and +8, of means 0 and 2.
    const heights = (label: string) =>
      spec.config.data.datasets.find((dataset) => dataset.label === label)!.data.map(({ y }) => y!);
    const [zero] = heights("attention, scale-matched: baseline's mean");
    const [two] = heights("attention, scale-matched");
    const perPercent = (two! - zero!) / 2;
    const relative = (label: string) =>
      heights(label).map((y) => Number(((y - zero!) / perPercent).toFixed(2)));
    expect(relative("attention, scale-matched: seed 0")).toEqual([-5, -4]);
    expect(relative("attention, scale-matched: seed 1")).toEqual([5, 8]);
    expect(relative("attention, scale-matched: mean")).toEqual([0, 2]);
    // Worse is up.
    expect(perPercent).toBeLessThan(0);
  });

  it("effect: the difference at each evaluation in its interval, the floor beside it, the final one at the end", () => {
    const results = madeUpResults(pick("linear", "frozen", "hash"), [0, 1, 2], SMALL);
    const summary = summarise(results);
    const curve = differenceCurves(results, summary).find(({ variant }) => variant === "hash")!;
    const floor = differenceCurves(results, summary).find(({ variant }) => variant === "frozen")!;
    const { datasets } = chart(results, "effect").config.data;
    const drawn = (label: string) => datasets.find((dataset) => dataset.label === label)!.data;
    // Two ticks of the first panel's axes tell pixels from percent.
    const line = drawn("hash");
    expect(line).toHaveLength(curve.points.length);
    const [first, last] = [curve.points[0]!, curve.points.at(-1)!];
    const perPercent = (line.at(-1)!["y"]! - line[0]!["y"]!) / (last.mean - first.mean);
    const percentAt = (y: number) => first.mean + (y - line[0]!["y"]!) / perPercent;
    const final = summary.rows.find(({ variant }) => variant === "hash")!.comparison!.relative.mean * 100;
    expect(percentAt(drawn("hash: final")[0]!["y"]!)).toBeCloseTo(final, 1);
    const floorAt = drawn("hash: floor").map(({ y }) => percentAt(y!));
    floor.points.forEach(({ mean }, index) => expect(floorAt[index]).toBeCloseTo(mean, 1));
    // The floor's own panel has no second floor.
    expect(drawn("linear, frozen: floor")).toEqual([]);
  });

  it("effect: no final point where the metric is not the curves' own", () => {
    const { record } = small;
    const other = {
      ...small,
      record: { ...record, experiment: { ...record.experiment, metric: "train_loss_nats" } },
    };
    const finals = (results: ExperimentResults) =>
      chart(results, "effect").config.data.datasets.filter(({ label }) => label.endsWith(": final"));
    expect(finals(other).every(({ data }) => data.length === 0)).toBe(true);
    expect(finals(small).every(({ data }) => data.length === 1)).toBe(true);
  });

  it("power: of the paired t at the measured spread, with today's seeds", () => {
    const spec = chart(twoSeeds, "power");
    // Differences of 1 and 3 % have the spread sqrt(2) %; 2 pairs of it see 0.3 % with little more than the level's 5 %.
    const now = powerOfPairedT(0.003, Math.SQRT2 / 100, 2, 0.05);
    expect(textsOf(spec)).toEqual(
      expect.arrayContaining([
        "today: 2 seeds",
        "0.3 %",
        "0.6 %",
        `now ${Math.round(now * 100)} %`,
        "spread of pairs: 1.41 % of the loss, from 2 pairs",
      ]),
    );
    const point = spec.config.data.datasets.find(({ label }) => label === "0.3 %: today")!.data[0]!;
    const curve = spec.config.data.datasets.find(({ label }) => label === "0.3 %")!.data;
    expect(curve[0]).toEqual(point);
    const wide = spec.config.data.datasets.find(({ label }) => label === "0.6 %")!.data;
    // More power is higher up.
    expect(wide.every(({ y }, index) => y! <= curve[index]!["y"]!)).toBe(true);
  });

  it("power: leaves controls out where there are others, and is not drawn without a spread", () => {
    const both = madeUpResults(pick("linear", "hash", "dense"), [0, 1, 2], SMALL);
    const alone = madeUpResults(pick("linear", "hash"), [0, 1, 2], SMALL);
    expect(chart(both, "power")).toEqual(chart(alone, "power"));
    const same = {
      ...twoSeeds,
      runs: twoSeeds.runs.map((run) => ({
        ...run,
        results: run.results && { ...run.results, validationLossNats: 2 },
      })),
    };
    expect(namesOf(same)).not.toContain("power");
  });

  it("looks at growing data widen the intervals, and the pictures say so", () => {
    const seeds = small.record.experiment.seeds;
    const looks = planLooks("q", [seeds, [...seeds, 3, 4, 5]]);
    const looked: ExperimentResults = {
      ...small,
      looks: { format: 1, current: 0, procedures: [{ ...looks, taken: 1 }] },
    };
    const level = 1 - summarise(looked).rows.find(({ variant }) => variant === "dense")!.comparison!.level;
    expect(level).toBeGreaterThan(0.96);
    const words = `${Number((level * 100).toFixed(2))} % intervals over 3\u00a0pairs, look 1 of 2`;
    expect(textsOf(chart(looked, "difference"))).toContain(`bars: ${words}`);
    expect(chart(looked, "effect").caption).toContain(`${Number((level * 100).toFixed(2))} % t-interval`);
  });

  it("a grid's pictures name the baseline without the grid's values", () => {
    const { record } = small;
    const suffix = ", training.steps=400";
    const grid: ExperimentResults = {
      ...small,
      record: {
        ...record,
        experiment: {
          ...record.experiment,
          baseline: `linear${suffix}`,
          variants: record.experiment.variants.flatMap((variant) =>
            [suffix, ", training.steps=800"].map((cell) => ({
              ...variant,
              name: variant.name + cell,
              label: variant.label + cell,
            })),
          ),
        },
        variants: Object.fromEntries(
          Object.entries(record.variants).flatMap(([name, facts]) =>
            [suffix, ", training.steps=800"].map((cell) => [name + cell, facts]),
          ),
        ),
      },
      runs: small.runs.flatMap((run) =>
        [suffix, ", training.steps=800"].map((cell) => ({ ...run, variant: run.variant + cell })),
      ),
      curves: small.curves.flatMap((row) =>
        [suffix, ", training.steps=800"].map((cell) => ({ ...row, variant: row.variant + cell })),
      ),
      load: [],
      matrices: [],
    };
    expect(textsOf(chart(grid, "effect"))).toContain("difference from linear (%)");
    expect(chart(grid, "slopes").caption).toContain("the loss of linear (left)");
  });

  it("final loss: every variant's mean, and a line at the baseline's", () => {
    const spec = chart(twoSeeds, "final-loss");
    const means = spec.config.data.datasets.filter(({ label }) => !label.includes(":"));
    expect(means.map(({ label, data }) => [label, Number(data[0]?.["x"]?.toFixed(10))])).toEqual([
      ["linear", 2],
      ["attention, scale-matched", 2.04],
    ]);
    expect(spec.marks.find(({ kind }) => kind === "line")).toMatchObject({ scale: "x", value: 2 });
  });

  it("marks what must be read with care wherever its loss is shown", () => {
    for (const name of ["difference", "slopes", "final-loss", "curves", "effect"]) {
      const spec = chart(small, name);
      const text = JSON.stringify(spec);
      expect(text, name).toContain("expert-choice †");
      expect(text, name).toContain("dense ‡");
      expect(textsOf(spec).join(" "), name).toContain("† sees future tokens: not a language-model loss");
    }
    const hollow = chart(small, "final-loss").config.data.datasets.filter(
      ({ backgroundColor }) => backgroundColor === "#ffffff",
    );
    expect(hollow.map(({ label }) => label)).toEqual(["expert-choice †"]);
  });

  it("load: the share over the uniform share, busiest expert of each seed first; without models of one expert", () => {
    const load = [0.2, 0.6].flatMap((share, seed) => [
      { variant: "linear", seed, layer: 0, expert: 0, share },
      { variant: "linear", seed, layer: 0, expert: 1, share: 1 - share },
      { variant: "dense", seed, layer: 0, expert: 0, share: 1 },
    ]);
    const { config, marks } = chart({ ...small, load }, "load");
    const cells = config.data.datasets[0]?.data.map(({ x, y, v }) => [x, y, Number(v?.toFixed(10))]);
    // Shares 0.8 and 0.2 of one seed, 0.6 and 0.4 of the other, whichever expert they belong to: means 0.7 and 0.3, of 0.5 each.
    expect(cells).toEqual([
      [0, 0, 1.4],
      [1, 0, 0.6],
    ]);
    expect(JSON.stringify(config.options)).not.toContain("dense");
    expect(marks.some((mark) => mark.kind === "text" && mark.text === "1.4")).toBe(true);
  });

  it("load: 64 experts and 16 layers are drawn without numbers in the cells", () => {
    const many = madeUpResults(pick("linear"), [0], { evaluateEvery: 400, layers: 16, experts: 64 });
    const spec = chart(many, "load");
    expect(spec.config.data.datasets[0]?.data).toHaveLength(16 * 64);
    // What is left of text are the numbers of the layers.
    expect(textsOf(spec)).toEqual(Array.from({ length: 16 }, (_, layer) => String(layer + 1)));
  });

  it("correlation: a panel per layer, relative to 1 / E", () => {
    const values = [
      [0.5, 0.5],
      [0.25, 0.75],
    ];
    const matrices = [0, 1].map((layer) => ({
      variant: "attention-matched",
      name: "correlation",
      layer,
      values,
    }));
    const spec = chart({ ...small, matrices }, "correlation");
    const cells = spec.config.data.datasets[0]?.data ?? [];
    // The second panel starts after two cells and a gap.
    expect(cells.map(({ x, v }) => [x, v])).toEqual([
      [0, 1],
      [1, 1],
      [0, 0.5],
      [1, 1.5],
      [3, 1],
      [4, 1],
      [3, 0.5],
      [4, 1.5],
    ]);
    expect(textsOf(spec)).toEqual(expect.arrayContaining(["attention, scale-matched", "layer 1", "layer 2"]));
  });
});

describe("trade-off: loss against balance and compute", () => {
  const plain = madeUpResults(ELEVEN, [0, 1, 2], SMALL);
  const names = ELEVEN.map(({ name }) => name);
  /** The busiest of 3 experts has a third and 2 % more of it from variant to variant. */
  const results: ExperimentResults = {
    ...plain,
    runs: plain.runs.map((run) => ({
      ...run,
      results: run.results && {
        ...run.results,
        maxLoadShare: (1 + 0.02 * names.indexOf(run.variant)) / 3,
      },
    })),
  };

  it("is drawn from six variants on, and only where they differ", () => {
    expect(namesOf(results)).toContain("trade-off");
    expect(namesOf(plain)).not.toContain("trade-off");
    const five = { ...results.record, experiment: { ...results.record.experiment } };
    five.experiment.variants = five.experiment.variants.slice(0, 5);
    expect(namesOf({ ...results, record: five })).not.toContain("trade-off");
  });

  it("a point stands at its load in even shares and its difference in percent, the baseline at zero", () => {
    const spec = chart(results, "trade-off");
    const { rows } = summarise(results);
    expect(textsOf(spec)).toContain("load of the busiest expert, in even shares (balance: 1)");
    // Equal FLOPs of all: one panel.
    const { datasets } = spec.config.data;
    const withExperts = rows.filter(({ variant }) => variant !== "dense");
    expect(datasets).toHaveLength(withExperts.length);
    const places = withExperts.map((row) => {
      const { x, y } = datasets.find(({ label }) => label.replace(/( [†‡*])+$/u, "") === row.label)!.data[0]!;
      const difference = row.role === "baseline" ? 0 : 100 * row.comparison!.relative.mean;
      return { x: x!, y: y!, load: 1 + 0.02 * names.indexOf(row.variant), difference };
    });
    // Two points settle an axis; all others stand where it says.
    const [one, two] = [places[0]!, places.at(-1)!];
    for (const { x, y, load, difference } of places) {
      expect(x).toBeCloseTo(one.x + ((load - one.load) / (two.load - one.load)) * (two.x - one.x), 1);
      const share = (difference - one.difference) / (two.difference - one.difference);
      expect(y).toBeCloseTo(one.y + share * (two.y - one.y), 1);
    }
  });
});

describe("charts without data", () => {
  it("are left out one by one", () => {
    expect(namesOf({ ...small, load: [] })).toEqual(NAMES.filter((name) => name !== "load"));
    expect(namesOf({ ...small, matrices: [] })).toEqual(NAMES.filter((name) => name !== "correlation"));
    expect(namesOf({ ...small, curves: [] })).toEqual(
      NAMES.filter((name) => name !== "curves" && name !== "effect"),
    );
  });

  it("other matrices than the correlation are no reason to draw", () => {
    const matrices = small.matrices.map((matrix) => ({ ...matrix, name: "other" }));
    expect(namesOf({ ...small, matrices })).not.toContain("correlation");
  });

  it("a baseline alone has no difference, and its curve a single panel", () => {
    const alone = madeUpResults(pick("linear"), [0, 1], SMALL);
    expect(namesOf(alone)).toEqual(["final-loss", "curves", "load"]);
    expect(Object.keys(chart(alone, "curves").config.options["scales"] as object)).toEqual(["x", "y"]);
  });

  it("one seed has points without intervals", () => {
    const one = madeUpResults(pick("linear", "hash"), [0], SMALL);
    const intervals = chart(one, "final-loss").config.data.datasets.filter(
      ({ type }) => type === "scatterWithErrorBars",
    );
    expect(intervals.map(({ data }) => data)).toEqual([[], []]);
  });

  it("nothing finished draws nothing", () => {
    const runs = small.runs.map((run) => ({ ...run, status: "failed" as const, results: null }));
    expect(namesOf({ ...small, runs, load: [], matrices: [] })).toEqual([]);
  });
});
