import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { summarise } from "../../src/analysis/summary.ts";
import type { ChartSpec } from "../../src/report/chart-spec.ts";
import { chartsOf } from "../../src/report/plot-experiment.ts";
import type { ExperimentResults } from "../../src/store/records.ts";
import { ELEVEN, madeUpResults } from "./fixture.ts";

const NAMES = ["difference", "final-loss", "curves", "load", "correlation"];
const SMALL = { evaluateEvery: 200, layers: 2, experts: 3 };

const pick = (...names: string[]) => ELEVEN.filter(({ name }) => names.includes(name));
const small = madeUpResults(pick("linear", "attention-matched", "expert-choice", "dense"), [0, 1, 2], SMALL);

const draw = (results: ExperimentResults) => chartsOf(results, summarise(results));
const namesOf = (results: ExperimentResults) => draw(results).map(({ name }) => name);
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
    const [seeds, interval, mean] = chart(twoSeeds, "difference").config.data.datasets;
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
    for (const name of ["difference", "final-loss", "curves"]) {
      const spec = chart(small, name);
      const text = JSON.stringify(spec);
      expect(text, name).toContain("expert-choice †");
      expect(text, name).toContain("dense ‡");
      expect(textsOf(spec), name).toContain("† sees future tokens: not a language-model loss");
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

describe("charts without data", () => {
  it("are left out one by one", () => {
    expect(namesOf({ ...small, load: [] })).toEqual(NAMES.filter((name) => name !== "load"));
    expect(namesOf({ ...small, matrices: [] })).toEqual(NAMES.filter((name) => name !== "correlation"));
    expect(namesOf({ ...small, curves: [] })).toEqual(NAMES.filter((name) => name !== "curves"));
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
