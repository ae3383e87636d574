import { describe, expect, it } from "vitest";
import { FORMATS, printTables } from "../../src/tables/print.ts";
import { paperTable } from "../../src/tables/paper-table.ts";
import { yuan1 as question } from "../../src/papers/yuan/table-1.ts";
import { example } from "./example.ts";

const yuan1 = paperTable(question);
const stored = { results: example, asked: null, others: [] } as const;

describe("Yuan 2.0-M32, table 1", () => {
  it("prints the paper's numbers beside ours; runs that are missing stay empty and name their command", () => {
    const table = yuan1.build(stored);
    expect(table.rows.map((row) => row.cells["paper_test_loss"] ?? null)).toEqual([
      2.109,
      2.117,
      2.117,
      null,
      null,
    ]);
    expect(table.rows.slice(0, 3).map((row) => row.cells["paper_parameters_millions"])).toEqual([
      826, 825.8, 825.8,
    ]);
    const [attention, classical, shared] = table.rows.map((row) => row.cells);
    // example.ts: mean difference -0.02 of 1.52
    expect(attention!["difference_percent"]).toBeCloseTo(-100 * (0.02 / 1.52), 10);
    expect(attention).toMatchObject({ seeds: "3/3", verdict: "undecided" });
    expect(classical).toMatchObject({
      validation_loss_nats: expect.closeTo(1.52, 12) as number,
      difference_percent: null,
    });
    expect(shared!["validation_loss_nats"] ?? null).toBeNull();
    expect(shared!["seeds"] ?? null).toBeNull();
    expect(table.notes.join("\n")).toContain(
      "No finished run of shared-expert, attention-nobalance, linear-nobalance: `moe-lab run experiments/attention-router.json --tier standard`",
    );
  });
  it("says what the 3.8 % is", () => {
    expect(yuan1.build(stored).notes[0]).toContain("(2.117 - 2.109) / 2.117 = 0.38 %");
  });
  it("without any results the paper's half stands alone, and the command needs no tier", () => {
    const table = yuan1.build({ results: null, asked: null, others: [] });
    expect(table.rows.every((row) => row.cells["validation_loss_nats"] === undefined)).toBe(true);
    expect(table.notes.join("\n")).toContain(
      "No finished run of any row: `moe-lab run experiments/attention-router.json --tier quick` fills",
    );
    expect(yuan1.build({ results: null, asked: "full", others: [] }).notes.join("\n")).toContain(
      "attention-router.json --tier full`",
    );
  });
  it("a reference that older results lack: values stand, without a comparison", () => {
    const { record, runs } = example;
    const variants = record.experiment.variants.filter(({ name }) => name !== "linear");
    const experiment = { ...record.experiment, variants, baseline: "attention" };
    const results = {
      ...example,
      record: { ...record, experiment },
      runs: runs.filter((run) => run.variant !== "linear"),
    };
    const [attention] = yuan1.build({ ...stored, results }).rows.map((row) => row.cells);
    expect(attention).toMatchObject({ seeds: "3/3", difference_percent: null, compared_with: null });
  });
});

describe("golden files: the example beside the paper, in every format", () => {
  it.each(FORMATS)("%s", async (format) => {
    const text = printTables([yuan1.build(stored)], format, { columns: 80, color: false });
    await expect(text).toMatchFileSnapshot(`golden/yuan-1.${format}.txt`);
  });
});
