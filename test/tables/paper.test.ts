import { describe, expect, it } from "vitest";
import { paperDifference, readWritten, relativePercent, type PaperTable } from "../../src/papers/paper.ts";
import { fixed } from "../../src/tables/format.ts";
import { paperTable } from "../../src/tables/paper-table.ts";

describe("a paper's numbers as they are written", () => {
  it.each([
    ["2.109", 2.109, true],
    ["826.0", 826, true],
    ["4,426,165,368", 4_426_165_368, true],
    ["~2.618", 2.618, false],
    ["~29.9-30.3", null, false],
    ["29.9-30.3", null, false],
    [".5", 0.5, true],
  ])("%s", (text, value, isExact) => expect(readWritten(text)).toEqual({ text, value, isExact }));
  it.each(["", "-", "n/c", "2.1 nats", "1-2-3", "~"])("%j is none", (text) =>
    expect(() => readWritten(text)).toThrow("is no number of a paper"),
  );
});

const table: PaperTable = {
  name: "t",
  title: "T",
  paper: "a paper",
  experiment: "e",
  heading: "row",
  reference: "a",
  claim: null,
  columns: [
    { id: "loss", header: "loss", source: "digitised", answer: "validation_loss_nats" },
    { id: "time", header: "time", source: "read", answer: "train_tokens_per_second", isTime: true },
  ],
  rows: [
    { label: "a", variant: "a", paper: { loss: "2", time: "100" } },
    { label: "b", variant: "b", paper: { loss: "2.1", time: "125" } },
    { label: "c", variant: null, paper: { loss: "~2.2" }, against: "b" },
    { label: "d", variant: "d", paper: {} },
  ],
  notes: [],
};

describe("a paper's relative differences", () => {
  it("Yuan's gain is 0.38 %, not 3.8 %", () => expect(fixed(relativePercent(2.109, 2.117), 2)).toBe("-0.38"));
  it("against the reference, or the row that a row names; none of the reference, none without both numbers", () => {
    const [loss, time] = table.columns;
    const differences = table.rows.map((row) => paperDifference(table, row, loss!));
    // 2.1 / 2 - 1 = 5 %; 2.2 / 2.1 - 1 = 4.76 %
    expect(differences).toEqual([
      null,
      { percent: expect.closeTo(5, 12) as number, isExact: true },
      { percent: expect.closeTo(100 / 21, 12) as number, isExact: false },
      null,
    ]);
    // a quarter more time is a fifth less speed
    expect(paperDifference(table, table.rows[1]!, time!)?.percent).toBeCloseTo(-20, 12);
  });
  it("numbers keep the paper's digits in print, differences of rough ones have one digit", () => {
    const built = paperTable(table).build({ results: null, asked: null, others: [] });
    expect(built.rows[2]?.written).toEqual({ paper_loss: "~2.2", paper_difference_percent: "~+4.8" });
    expect(built.rows[2]?.cells).toMatchObject({ paper_loss: 2.2, paper_loss_as_written: "~2.2" });
    expect(built.columns.map(({ id }) => id)).toContain("paper_loss_as_written");
    expect(built.columns.map(({ id }) => id)).not.toContain("paper_time_as_written");
  });
  it("a reference that is no row is a bug, said so", () => {
    expect(() =>
      paperTable({ ...table, reference: "x" }).build({ results: null, asked: null, others: [] }),
    ).toThrow('table t has no row "x"');
  });
});
