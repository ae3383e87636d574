import { describe, expect, it } from "vitest";
import { paperDifference, readWritten, relativePercent, type PaperTable } from "../../src/papers/paper.ts";
import { fixed } from "../../src/tables/format.ts";
import { paperTable } from "../../src/tables/paper-table.ts";
import { printTables } from "../../src/tables/print.ts";
import { example } from "./example.ts";

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
      { difference: expect.closeTo(5, 12) as number, isExact: true },
      { difference: expect.closeTo(100 / 21, 12) as number, isExact: false },
      null,
    ]);
    // a quarter more time is a fifth less speed
    expect(paperDifference(table, table.rows[1]!, time!)?.difference).toBeCloseTo(-20, 12);
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

describe("a paper's score has our right answers beside it", () => {
  const scored: PaperTable = {
    ...table,
    reference: "a",
    columns: [
      { id: "average", header: "average", source: "read", answer: "test_right_percent" },
      { id: "loss", header: "loss", source: "read", answer: "validation_loss_nats" },
    ],
    rows: [
      { label: "a", variant: "linear", paper: { average: "52.8", loss: "2" } },
      { label: "b", variant: "attention", paper: { average: "54.0", loss: "2.1" } },
      { label: "c", variant: "frozen", paper: { average: "~50" }, against: "b" },
      { label: "d", variant: "dense", paper: {} },
    ],
  };
  /** Right ones of 100 at seeds 1, 2, 3. */
  const RIGHT: Readonly<Record<string, readonly number[]>> = {
    linear: [30, 40, 50],
    attention: [32, 44, 56],
    frozen: [30, 42, 54],
  };
  const results = {
    ...example,
    runs: example.runs.map((run) => {
      const right = RIGHT[run.variant]?.[run.seed - 1];
      if (run.results === null || right === undefined) return run;
      const split = { sums: { asked: 100, right } };
      const choice = { asked: 100, choices: 4, right: 25, rightPerByte: 25 };
      return { ...run, results: { ...run.results, answers: { validation: split, test: split, choice } } };
    }),
  };
  const built = paperTable(scored).build({ results, asked: null, others: [] });
  const cellsOf = (label: string): Record<string, unknown> =>
    built.rows.find(({ cells }) => cells["row"] === label)!.cells;

  it("differences are points, theirs and ours, each against the row that it is compared with", () => {
    expect(cellsOf("a")).toMatchObject({ paper_average: 52.8, test_right_percent: 40 });
    // 54.0 - 52.8, not 2.3 %; ours 2, 4, 6: mean 4, sd 2, t of 2 degrees of freedom 4.302653.
    expect(cellsOf("b")["paper_test_right_difference_points"]).toBeCloseTo(1.2, 10);
    expect(cellsOf("b")["test_right_percent"]).toBeCloseTo(44, 10);
    expect(cellsOf("b")["test_right_difference_points"]).toBeCloseTo(4, 10);
    expect(cellsOf("b")["test_right_difference_points_low"]).toBeCloseTo(
      4 - (4.302653 * 2) / Math.sqrt(3),
      4,
    );
    // A loss beside it stays relative.
    expect(cellsOf("b")["paper_difference_percent"]).toBeCloseTo(5, 10);
    // Against b: -2 at every seed; and ~50 - 54.0.
    expect(cellsOf("c")["test_right_difference_points"]).toBeCloseTo(-2, 10);
    const rough = built.rows.find(({ cells }) => cells["row"] === "c")!.written!;
    expect(rough["paper_test_right_difference_points"]).toBe("~-4.0");
  });

  it("what was not asked is empty, a paper without scores has no such columns, and a sentence says what can be compared", () => {
    expect(cellsOf("d")["test_right_percent"]).toBeNull();
    expect(cellsOf("a")["test_right_difference_points"]).toBeNull();
    expect(built.notes.join(" ")).toContain("the sign of a difference can be compared, its size can't");
    const plain = paperTable(table).build({ results: null, asked: null, others: [] });
    expect(plain.columns.some(({ id }) => id.includes("right"))).toBe(false);
    expect(plain.notes.join(" ")).not.toContain("Right answers");
  });

  it("stands beside the paper's column, within 80 columns", () => {
    const printed = printTables([built], "table", { color: false, columns: 80 });
    expect(printed).toMatch(/^b +54\.0 .* 44\.0 ±29\.8 +\+1\.2 +\+4\.0 ±5\.0$/m);
    expect(Math.max(...printed.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
