import { expect, it } from "vitest";
import type { ExperimentResults } from "../../src/records/experiment.ts";
import { printTables } from "../../src/tables/print.ts";
import { readExperimentFiles } from "../../src/store/experiment-files.ts";
import { stressCatalogueTable, stressTable } from "../../src/tables/stress.ts";
import { madeUp } from "./made-up.ts";

/** Losses by arm; the others are at 2.5. Seed s adds s / 100 to all, and s / 1000 more to the arm at hand. */
const LOSS: Readonly<Record<string, number>> = { frozen: 2.6, linear: 2.4, oracle: 1.6 };

/** On recall all are equal but for noise that changes its sign. */
function loss(variant: string, seed: number): number {
  const arm = variant.split(", ")[0]!;
  if (variant.endsWith("recall")) return 2 + ((seed * 7 + arm.length * 5) % 5) / 1e4;
  return (LOSS[arm] ?? 2.5) + seed / 100 + (arm === "linear" ? seed / 1000 : 0);
}

const made = await madeUp("stress", { tier: "quick" });
const results: ExperimentResults = {
  ...made,
  runs: made.runs.map((run) => ({
    ...run,
    results: {
      ...run.results!,
      validationLossNats: loss(run.variant, run.seed),
      causalValidationLossNats: null,
      task: { optimumNats: 2, labelNats: 2, informationNats: 0.6, shuffledInformationNats: 0.1 },
    },
  })),
};
const table = stressTable.build({ results, asked: null, others: [] });
const cellsOf = (variant: string): Readonly<Record<string, unknown>> =>
  table.rows.find(({ cells }) => cells["variant"] === variant)!.cells;

it("has the gap closed, the distance from the optimum, and what experts know", () => {
  const cells = cellsOf("linear, data.domains=token-rule");
  // Seeds 1, 2, 3: frozen - linear = 0.2 - s / 1000, mean 0.198; frozen - oracle = 1.
  expect(cells["gap_closed_percent"]).toBeCloseTo(19.8, 9);
  expect(cells["regret_nats"]).toBeCloseTo(0.422, 9); // 2.4 + 0.02 + 0.002 - 2
  expect(cells["label_information_percent"]).toBeCloseTo(25, 9); // (0.6 - 0.1) / 2
  expect(cells["verdict"]).toBe("better");
});

it("says where there is no gap to close, and gives the references none", () => {
  const linear = table.rows.find(({ cells }) => cells["variant"] === "linear, data.domains=recall")!;
  expect(linear.written).toEqual({ gap_closed_percent: "none" });
  expect(cellsOf("oracle, data.domains=token-rule")["gap_closed_percent"]).toBeUndefined();
});

it("fits 80 columns", () => {
  const text = printTables([table], "table", { columns: 80, color: false });
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).toContain("20 [20, 20]");
  expect(text).not.toMatch(/NaN|undefined|Infinity/);
});

it("says what every sign means that stands in a row", () => {
  const stored = readExperimentFiles("results/stress-catalogue");
  const { rows, notes } = stressCatalogueTable.build({ results: stored, asked: null, others: [] });
  const labels = rows.map(({ cells }) => String(cells["label"])).join();
  expect(new Set(labels.match(/[†◊‡§¶≡]/g))).toEqual(new Set(["‡", "◊"]));
  expect(notes.filter((note) => /^[‡◊]/.test(note))).toEqual([
    expect.stringMatching(/^◊ Is told the right label/) as string,
    "‡ compute differs by over 1 %.",
  ]);
});

it("finds every router equivalent where there is no rule to find (S5)", () => {
  const rows = table.rows.filter(({ cells }) => cells["task"] === "recall");
  expect(rows).toHaveLength(9);
  expect(new Set(rows.map(({ cells }) => cells["verdict"]))).toEqual(new Set(["frozen", "equivalent"]));
});

it("gives a router that routes as the oracle does the whole gap (S4: the hash of the token)", () => {
  const twins = results.runs.map((run) => {
    if (run.variant !== "hash, data.domains=token-rule") return run;
    return { ...run, results: { ...run.results!, validationLossNats: LOSS["oracle"]! + run.seed / 100 } };
  });
  const { rows } = stressTable.build({ results: { ...results, runs: twins }, asked: null, others: [] });
  const { cells } = rows.find((row) => row.cells["variant"] === "hash, data.domains=token-rule")!;
  expect(cells["gap_closed_percent"]).toBeCloseTo(100, 9);
  expect(cells["gap_closed_percent_low"]).toBeCloseTo(100, 9);
});
