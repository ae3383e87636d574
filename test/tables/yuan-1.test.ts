import { describe, expect, it } from "vitest";
import { TABLES } from "../../src/tables/registry.ts";
import { relativePercent, yuan1 } from "../../src/tables/yuan-1.ts";
import { fixed } from "../../src/tables/format.ts";
import { example } from "./example.ts";

describe("Yuan 2.0-M32, table 1", () => {
  it("the paper's gain is 0.38 %, not 3.8 %", () => {
    expect(fixed(relativePercent(2.109, 2.117), 2)).toBe("-0.38");
  });
  it("prints the paper's numbers beside ours; runs that are missing stay empty and name their command", () => {
    const table = yuan1.build({ "attention-router": example });
    expect(table.rows.map((row) => row.cells["paper_test_loss"])).toEqual([2.109, 2.117, 2.117]);
    expect(table.rows.map((row) => row.cells["paper_parameters_millions"])).toEqual([826, 825.8, 825.8]);
    const [attention, classical, shared] = table.rows.map((row) => row.cells);
    // example.ts: mean difference -0.02 of 1.52
    expect(attention!["difference_percent"]).toBeCloseTo(-100 * (0.02 / 1.52), 10);
    expect(attention).toMatchObject({ seeds: 3, verdict: "undecided" });
    expect(classical).toMatchObject({
      validation_loss_nats: expect.closeTo(1.52, 12) as number,
      difference_percent: null,
    });
    expect(shared).toMatchObject({ validation_loss_nats: null, seeds: null, verdict: null });
    expect(table.notes.join("\n")).toContain(
      "shared-expert: `moe-lab run experiments/attention-router.json`",
    );
  });
  it("without any results the paper's half stands alone", () => {
    const table = yuan1.build({ "attention-router": null });
    expect(table.rows.every((row) => row.cells["validation_loss_nats"] === null)).toBe(true);
    expect(table.notes.join("\n")).toContain("No finished run of attention, linear, shared-expert");
  });
});

it("every table has a name of its own", () => {
  expect(new Set(TABLES.map((table) => table.name)).size).toBe(TABLES.length);
});
