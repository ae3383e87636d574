/** `table calibration`, and the line about it that other tables have. */
import { expect, it } from "vitest";
import { summarise } from "../../src/analysis/summary.ts";
import { CONTRASTS } from "../../src/papers/calibration/registry.ts";
import { publishedRange } from "../../src/papers/contrast.ts";
import type { ExperimentResults } from "../../src/records/experiment.ts";
import { calibrationFigure } from "../../src/report/figures/calibration-figure.ts";
import { calibrationAnswer } from "../../src/tables/calibration/answer.ts";
import { calibratedRegimes, calibrationLine, withLine } from "../../src/tables/calibration/score-line.ts";
import { calibrationTable } from "../../src/tables/calibration/table.ts";
import { printTables } from "../../src/tables/print.ts";
import { madeUp } from "./made-up.ts";

/** Percent above 2 nats at every seed; the others are at 2 nats. Noise that changes its sign: 0.1 %. */
const EFFECT: Readonly<Record<string, number>> = {
  redraw: 8,
  dense: 5,
  "more-experts": -2,
  "finer-scaled": 1,
  finer: 2,
  "one-active": 3,
  "one-active-nobalance": 3.3,
  "shared-expert": 0.5,
  hash: -1,
};

function withEffects(made: ExperimentResults): ExperimentResults {
  const names = made.record.experiment.variants.map(({ name }) => name);
  const runs = made.runs.map((run) => {
    const noise = [1, -1, -1, 1][(run.seed + names.indexOf(run.variant)) % 4]! / 1000;
    // One active expert without balancing scatters by 2 %.
    const scale = run.variant === "one-active-nobalance" ? 20 : 1;
    const loss = 2 * (1 + (EFFECT[run.variant] ?? 0) / 100 + noise * scale);
    return { ...run, results: { ...run.results!, validationLossNats: loss } };
  });
  return { ...made, runs };
}

const results = withEffects(await madeUp("calibration", { tier: "standard" }));
const table = calibrationTable.build({ results, asked: null, others: [] });
const answers: unknown = Object.fromEntries(
  table.rows.map(({ cells }) => [cells["contrast"], cells["answer"]]),
);

it("says of every contrast what the rules make of it", () => {
  expect(answers).toEqual({
    redraw: "agreed",
    dense: "agreed",
    "more-experts": "agreed",
    "two-active": "agreed", // 3 % worse is the one with one active expert
    finer: "disagreed",
    "no-balancing": "undecided",
    "shared-expert": "agreed",
    "no-z-loss": "agreed",
    "finer-unscaled": "not scored",
    frozen: "not scored",
    hash: "not scored",
  });
  expect(table.lead[0]).toBe("6 of 8 published contrasts agree, 1 disagrees, 1 undecided.");
});

it("compares each with its own reference", () => {
  const cells = table.rows.find((row) => row.cells["contrast"] === "two-active")!.cells;
  expect(cells["against"]).toBe("one-active");
  // 2.00 against 2.06: -2.91 %, but for the noise.
  expect(cells["difference_percent"]).toBeCloseTo(-2.91, 1);
  const more = table.rows.find((row) => row.cells["contrast"] === "more-experts")!.cells;
  expect([more["published_least_percent"], more["published_most_percent"]].map(Number)).toEqual([-5.2, -3.2]);
  expect(more["size"]).toBe("smaller");
});

it("a contrast without its variant is no gate; without results nothing is measured", () => {
  const { experiment } = results.record;
  const fewer = {
    ...experiment,
    variants: experiment.variants.filter(({ name }) => name !== "finer-scaled"),
  };
  const without = { ...results, record: { ...results.record, experiment: fewer } };
  expect(calibrationAnswer(without).score).toEqual({ agreed: 6, disagreed: 0, undecided: 1, gates: 7 });
  expect(calibrationTable.build({ results: without, asked: null, others: [] }).notes.at(-1)).toBe(
    "Not asked of this regime, which can't have it: Finer experts.",
  );
  const nothing = calibrationTable.build({ results: null, asked: null, others: [] });
  expect(nothing.rows).toHaveLength(CONTRASTS.length);
  expect(nothing.lead).toEqual([
    "No results yet: `npx moe-lab run experiments/calibration.json` makes them.",
  ]);
});

it("a variant that diverged has no answer", () => {
  const runs = results.runs.map((run) =>
    run.variant === "redraw" && run.seed === 1
      ? { ...run, status: "diverged" as const, results: null, failure: "step 3: the loss is not finite" }
      : run,
  );
  const diverged = calibrationTable.build({ results: { ...results, runs }, asked: null, others: [] });
  expect(diverged.rows[0]?.cells["answer"]).toBe("diverged 1/8");
  expect(diverged.lead[0]).toBe("5 of 8 published contrasts agree, 1 disagrees, 2 undecided.");
});

it("fits 80 columns", () => {
  const text = printTables([table], "table", { columns: 80, color: false });
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).not.toMatch(/NaN|undefined|Infinity/);
  // One table, not two panels.
  expect(text.split("\n").filter((line) => line.startsWith("──"))).toHaveLength(1);
});

it("every contrast is published somewhere, and an effect has one direction", () => {
  for (const contrast of CONTRASTS) {
    const { least, most } = publishedRange(contrast);
    expect(Number.isFinite(least + most), contrast.name).toBe(true);
    if (contrast.gate === "effect") expect(least * most, contrast.name).toBeGreaterThan(0);
    if (contrast.gate === "no effect") expect(Math.max(-least, most), contrast.name).toBeLessThan(1);
    // Contested: sources on both sides.
    if (contrast.gate === "contested") expect(least * most, contrast.name).toBeLessThan(0);
  }
  expect(new Set(CONTRASTS.map(({ name }) => name)).size).toBe(CONTRASTS.length);
});

const calibrated = calibratedRegimes([results]);

it("the line of other tables: the score where the regime is the same, else how to find out", async () => {
  const standard = await madeUp("attention-router", { tier: "standard" });
  expect(calibrationLine(summarise(standard), calibrated)).toBe(
    "Calibration: 6 of 8 published contrasts agree, 1 disagrees, 1 undecided (`moe-lab table calibration`).",
  );
  const quick = summarise(await madeUp("attention-router", { tier: "quick" }));
  const command =
    "`moe-lab run experiments/calibration.json --base experiments/attention-router.json --tier quick`";
  expect(calibrationLine(quick, calibrated)).toBe(`Not calibrated; ${command} does it.`);
  expect(calibrationLine(quick, calibrated, 12.4)).toBe(`Not calibrated; ${command} takes about 12 minutes.`);
  // Nothing is published of synthetic tasks, and a calibration is not told to calibrate.
  expect(calibrationLine(summarise(await madeUp("stress")), calibrated)).toBe("");
  const own = summarise(await madeUp("calibration", { tier: "quick" }));
  expect(calibrationLine(own, calibrated)).toBe("");
  expect(withLine({ notes: ["a", "b"] }, "line").notes).toEqual(["a", "line", "b"]);
});

it("a calibration without a decided gate is none, and hides no other one of its regime", async () => {
  const runs = results.runs.map((run) => ({ ...run, status: "missing" as const, results: null }));
  const unfinished = { ...results, runs };
  const standard = summarise(await madeUp("attention-router", { tier: "standard" }));
  expect(calibrationLine(standard, calibratedRegimes([unfinished]))).toMatch(/^Not calibrated;/);
  expect(calibrationLine(standard, calibratedRegimes([unfinished, results]))).toMatch(/^Calibration: 6 of 8/);
});

it("the figure has a point a measured contrast, and needs one calibration", () => {
  const answered = { results, summary: summarise(results) };
  const figure = calibrationFigure.make([answered]);
  if (typeof figure === "string") throw new Error(figure);
  expect(figure.config.data.datasets).toHaveLength(CONTRASTS.length);
  expect(figure.caption).toContain("6 of 8 published contrasts agree");
  expect(calibrationFigure.make([])).toMatch(/^needs/);
  expect(calibrationFigure.make([answered, answered])).toMatch(/^needs a single/);
});
