import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { summarise } from "../../src/analysis/summary.ts";
import type { ChartSpec } from "../../src/report/draw/chart-spec.ts";
import { FIGURES } from "../../src/report/figures/figures.ts";
import { PAPER_FIGURES } from "../../src/report/figures/paper-figures.ts";
import type { ExperimentResults } from "../../src/records/experiment.ts";
import { readWritten } from "../../src/papers/paper.ts";
import { madeUpResults } from "./fixture.ts";
import { sizedResults, type MadeUpSize } from "./sizes.ts";

const make = (name: string, results: readonly ExperimentResults[]): ChartSpec | string => {
  const entry = FIGURES.find((candidate) => candidate.name === name)!;
  return entry.make(results.map((one) => ({ results: one, summary: summarise(one) })));
};
const drawn = (name: string, results: readonly ExperimentResults[]): ChartSpec => {
  const figure = make(name, results);
  if (typeof figure === "string") throw new Error(figure);
  return figure;
};
const textsOf = ({ marks }: ChartSpec) => marks.flatMap((mark) => (mark.kind === "text" ? [mark.text] : []));
const datasetOf = ({ config }: ChartSpec, label: string) =>
  config.data.datasets.find((dataset) => dataset.label === label)!;

const sized = (steps: number, experts: number, more: Partial<MadeUpSize> = {}) =>
  sizedResults({ name: `s${steps}-e${experts}`, steps, experts, floor: 0.01, ...more });
const SWEEP = [
  sized(400, 8),
  sized(400, 16),
  sized(800, 8, { floor: 0.02 }),
  sized(800, 16, { floor: 0.03 }),
];

/** A made-up experiment of a paper's ablation, with the routing of its first seed. */
function ablation(): ExperimentResults {
  const results = madeUpResults(
    [
      { name: "linear", label: "Weight 0.01", router: "linear", loss: 1 },
      { name: "linear-nobalance", label: "Without", router: "linear", loss: 1.03 },
    ],
    [1, 2],
    { evaluateEvery: 200, layers: 2, experts: 3 },
  );
  const shares = { linear: [0.3, 0.4, 0.3], "linear-nobalance": [0.1, 0, 0.9] };
  return {
    ...results,
    record: { ...results.record, experiment: { ...results.record.experiment, name: "olmoe-balance-loss" } },
    routing: Object.entries(shares).flatMap(([variant, load]) =>
      [400, 800].flatMap((step) =>
        [0, 1].flatMap((layer) =>
          load.map((share, expert) => ({
            variant,
            seed: 1,
            step,
            tokens: step * 1024,
            layer,
            expert,
            share,
          })),
        ),
      ),
    ),
  };
}

/** Seven digits: the last ones of exp and log may differ between versions of V8. */
const rounded = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === "number" ? Number(inner.toPrecision(7)) : inner,
    ),
  );

describe("figures as data", () => {
  const golden = {
    sensitivity: SWEEP,
    scaling: SWEEP,
    "olmoe-balance-loss": [ablation()],
    "olmoe-assignment": [ablation()],
  };
  // UPDATE_GOLDEN=1 writes the files anew; look at the pictures before committing them.
  it.each(Object.keys(golden) as (keyof typeof golden)[])("%s is as in its golden file", (name) => {
    const path = join(import.meta.dirname, "golden", `${name}.json`);
    const found = rounded(drawn(name, golden[name]));
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, JSON.stringify(found));
    expect(found).toEqual(JSON.parse(readFileSync(path, "utf8")));
  });

  it("are named once each, and hold no functions", () => {
    const names = FIGURES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of Object.keys(golden) as (keyof typeof golden)[]) {
      const spec = drawn(name, golden[name]);
      expect(spec.name).toBe(name);
      expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    }
  });
});

describe("sensitivity", () => {
  it("is the floor's difference in percent, against length and experts, as far as these vary", () => {
    const spec = drawn("sensitivity", SWEEP);
    expect(textsOf(spec)).toEqual(
      expect.arrayContaining(["training tokens", "experts", "8 experts", "410K tokens"]),
    );
    const { relative } = summarise(SWEEP[3]!).rows.find(({ role }) => role === "floor")!.comparison!;
    const [zero, one] = [0, 1].map((value) => {
      const tick = spec.marks.find(
        (mark) => mark.kind === "text" && mark.text === (value === 0 ? "0" : "+1"),
      );
      return tick?.kind === "text" && "value" in tick.y ? tick.y.value : NaN;
    });
    const points = datasetOf(spec, "16 experts").data;
    // Ticks stand on whole pixels.
    const last = (points.at(-1)!["y"]! - zero!) / (one! - zero!);
    expect(Math.abs(last - relative.mean * 100)).toBeLessThan(0.02);
  });

  it("has one panel where one thing varies, and one for a single training", () => {
    const titles = (results: readonly ExperimentResults[]) =>
      textsOf(drawn("sensitivity", results)).filter(
        (text) => text === "training tokens" || text === "experts",
      );
    expect(titles([sized(400, 8), sized(800, 8)])).toEqual(["training tokens"]);
    expect(titles([sized(400, 8), sized(400, 16)])).toEqual(["experts"]);
    expect(titles([sized(400, 8)])).toEqual(["training tokens"]);
  });

  it("counts experiments of the same runs once", () => {
    const same = sized(400, 8);
    const other = {
      ...same,
      record: { ...same.record, experiment: { ...same.record.experiment, name: "other" } },
    };
    expect(drawn("sensitivity", [same, other])).toEqual(drawn("sensitivity", [same]));
  });

  it("needs a floor with a pair", () => {
    const { record, ...rest } = sized(400, 8);
    const controls = { floor: null, dense: null };
    const without = { ...rest, record: { ...record, experiment: { ...record.experiment, controls } } };
    expect(make("sensitivity", [without])).toMatch(/^needs a finished pair of a floor/);
  });
});

describe("scaling", () => {
  it("joins one router and model over lengths of training, by forward FLOPs", () => {
    const spec = drawn("scaling", SWEEP);
    const data = datasetOf(spec, "Hash, 8 experts: line").data;
    expect(data).toHaveLength(2);
    // Twice the steps is twice the FLOPs, as 3e11 is twice 1.5e11; ticks stand on whole pixels.
    const at = (text: string) => {
      const tick = spec.marks.find((mark) => mark.kind === "text" && mark.text === text);
      return tick?.kind === "text" && "value" in tick.x ? tick.x.value : NaN;
    };
    expect(Math.abs(data[1]!["x"]! - data[0]!["x"]! - (at("3e11") - at("1.5e11")))).toBeLessThan(1.5);
    expect(textsOf(spec)).toEqual(
      expect.arrayContaining(["Linear, 8 experts", "Linear, frozen, 16 experts"]),
    );
  });

  it("refuses one compute, other text, and more series than can be told apart", () => {
    expect(make("scaling", [sized(400, 8), sized(400, 16)])).toMatch(/^needs runs of several sizes/);
    const other = sized(800, 8);
    const text = {
      ...other,
      record: {
        ...other.record,
        experiment: {
          ...other.record.experiment,
          variants: other.record.experiment.variants.map((variant) => ({
            ...variant,
            settings: { ...variant.settings, data: { ...variant.settings.data, validationShare: 0.1 } },
          })),
        },
      },
    };
    expect(make("scaling", [sized(400, 8), text])).toMatch(/^needs runs on the same text/);
    const many = Array.from({ length: 9 }, (_, index) => sized(400 + 100 * index, 8 + index));
    expect(make("scaling", many)).toMatch(/^needs fewer folders: 27 models/);
    expect(make("scaling", [])).toBe("needs a finished run");
  });
});

describe("a paper's figure", () => {
  it("puts the paper's end points where their relative difference puts them", () => {
    const spec = drawn("olmoe-balance-loss", [ablation()]);
    const curve = (label: string) => {
      const [, validation] = spec.config.data.datasets.filter((dataset) => dataset.label === label);
      return validation!.data.at(-1)!["y"]!;
    };
    const diamond = (label: string) => {
      const [, validation] = spec.config.data.datasets.filter((dataset) => dataset.label === label);
      return validation!.data[0]!["y"]!;
    };
    // The reference's own point is at its end; ours and theirs are 3 % and (3.788 - 3.712) / 3.712 = 2.05 % above.
    expect(diamond("LBL: paper")).toBeCloseTo(curve("LBL"), 1);
    const ends = ablation().curves.filter(({ step }) => step === 800);
    const meanOf = (variant: string) => {
      const losses = ends.filter((row) => row.variant === variant).map((row) => row.validationLossNats!);
      return losses.reduce((a, b) => a + b, 0) / losses.length;
    };
    const ours = meanOf("linear-nobalance") / meanOf("linear") - 1;
    const theirs = 3.788 / 3.712 - 1;
    const ratio = (diamond("No LBL: paper") - diamond("LBL: paper")) / (curve("No LBL") - curve("LBL"));
    expect(ratio).toBeCloseTo(theirs / ours, 2);
    expect(textsOf(spec).join(" ")).toMatch(/No LBL: ours \d\.\d{4}, [+-]\d.*; paper 3\.788, \+2\.05 %/);
  });

  it("takes the longest training of its experiment, and another experiment only without any", () => {
    const named = (name: string, tier: string, steps: number): ExperimentResults => {
      const results = ablation();
      const { experiment } = results.record;
      const variants = experiment.variants.map((variant) => ({
        ...variant,
        settings: { ...variant.settings, training: { ...variant.settings.training, steps } },
      }));
      return {
        ...results,
        record: { ...results.record, experiment: { ...experiment, name, tier, variants } },
      };
    };
    const source = (...results: ExperimentResults[]) =>
      /of (\S+ \(\w+\))/.exec(textsOf(drawn("olmoe-balance-loss", results)).join(" "))?.[1];
    const other = named("attention-router", "full", 9000);
    const quick = named("olmoe-balance-loss", "quick", 800);
    expect(source(other, quick, named("olmoe-balance-loss", "standard", 1600))).toBe(
      "olmoe-balance-loss (standard)",
    );
    expect(source(other, quick)).toBe("olmoe-balance-loss (quick)");
    expect(source(other)).toBe("attention-router (full)");
  });

  it("says which runs are missing, and the command that trains them", () => {
    const results = ablation();
    const runs = results.runs.map((run) =>
      run.variant === "linear" ? run : { ...run, status: "missing" as const, results: null },
    );
    const needs =
      "needs a finished run of linear and linear-nobalance of olmoe-balance-loss; `moe-lab run experiments/olmoe-balance-loss.json` trains them";
    expect(make("olmoe-balance-loss", [{ ...results, runs }])).toBe(needs);
    expect(make("olmoe-balance-loss", [])).toBe(needs);
  });

  it("has its series and end points in the paper's table", () => {
    expect(PAPER_FIGURES.length).toBeGreaterThan(10);
    for (const { table, series } of PAPER_FIGURES) {
      const columns = table.columns.filter(({ answer }) => answer?.endsWith("_loss_nats"));
      const reference = table.rows.find(({ label }) => label === table.reference);
      expect(
        series.map(({ variant }) => variant),
        table.name,
      ).toContain(reference?.variant);
      for (const { variant } of series) {
        const row = table.rows.find((candidate) => candidate.variant === variant);
        const ends = columns.flatMap(({ id }) => row?.paper[id] ?? []).map((text) => readWritten(text).value);
        expect(ends.length, `${table.name} ${variant}`).toBe(columns.length);
        expect(ends.every((value) => value !== null && value > 1 && value < 4)).toBe(true);
      }
    }
  });

  it("with one series has no diamonds to place", () => {
    const results = madeUpResults(
      [{ name: "attention-nobalance", label: "Attention, no balancing", router: "attention", loss: 1 }],
      [1, 2],
      { evaluateEvery: 200, layers: 2, experts: 3 },
    );
    const { record } = results;
    const experiment = { ...record.experiment, name: "attention-router", baseline: "attention-nobalance" };
    const spec = drawn("yuan-loss", [{ ...results, record: { ...record, experiment } }]);
    expect(datasetOf(spec, "Yuan 2.0-M32: paper").data).toEqual([]);
    expect(textsOf(spec).join(" ")).toMatch(/Yuan 2\.0-M32: ours \d\.\d{4}; paper 1\.22/);
    expect(textsOf(spec)).not.toContain("Validation loss");
  });

  it("against time needs the timing pass of every series", () => {
    const results = madeUpResults(
      [
        { name: "linear-64-8", router: "linear", loss: 1 },
        { name: "dense", router: "dense", loss: 1.05 },
      ],
      [1],
      { evaluateEvery: 200, layers: 2, experts: 3 },
    );
    const { record } = results;
    const timed = {
      ...results,
      record: {
        ...record,
        experiment: { ...record.experiment, name: "olmoe-dense", baseline: "linear-64-8" },
      },
    };
    // 819 200 tokens at 28 000 a second are 29 s.
    expect(textsOf(drawn("olmoe-dense", [timed]))).toContain("training time (s, one thread)");
    const variants = Object.fromEntries(
      Object.entries(record.variants).map(([name, facts]) => [
        name,
        { ...facts, trainTokensPerSecond: null },
      ]),
    );
    const untimed = { ...timed, record: { ...timed.record, variants } };
    expect(textsOf(drawn("olmoe-dense", [untimed])).join(" ")).not.toContain("training time");
  });
});

describe("expert assignment", () => {
  it("has layer 1, its experts ranked by their share at the end, in percent", () => {
    const spec = drawn("olmoe-assignment", [ablation()]);
    const end = (rank: number) => datasetOf(spec, `No load balancing: rank ${rank}`).data.at(-1)!["y"]!;
    // 90, 10 and 0 %, equally spaced pixels.
    expect((end(2) - end(1)) / (end(3) - end(1))).toBeCloseTo(80 / 90, 2);
    expect(spec.config.data.datasets.filter(({ label }) => label.includes("rank"))).toHaveLength(6);
    expect(datasetOf(spec, "No load balancing: paper").data).toHaveLength(3);
  });

  it("needs routing.csv", () => {
    expect(make("olmoe-assignment", [{ ...ablation(), routing: [] }])).toMatch(
      /^needs the routing of linear-nobalance and linear during training/,
    );
  });
});
