import { describe, expect, it } from "vitest";
import { parse } from "csv-parse/sync";
import { summarise } from "../../src/analysis/summary.ts";
import { compact, fixed, formatCell, percent } from "../../src/tables/format.ts";
import { lossTable } from "../../src/tables/loss.ts";
import { FORMATS, formatNamed, printTables } from "../../src/tables/print.ts";
import { column, dataColumn, type Table } from "../../src/tables/table.ts";
import { example } from "./example.ts";

const page = { columns: 80, color: false };
const loss = lossTable(summarise(example));

describe("numbers for people", () => {
  it.each([
    [0, "0"],
    [12, "12"],
    [1.5, "1.50"],
    [994, "994"],
    [999.6, "1.00 k"],
    [3_480_000, "3.48 M"],
    [99_960, "100 k"],
    [7.2e9, "7.20 G"],
  ])("compact %d is %s", (value, text) => expect(compact(value)).toBe(text));
  it("no negative zero, signs where asked", () => {
    expect(fixed(-0.001, 2)).toBe("0.00");
    expect(fixed(-0.001, 2, true)).toBe("0.00");
    expect(fixed(0.567, 2, true)).toBe("+0.57");
    expect(percent((2.117 - 2.109) / 2.117)).toBe("0.38");
  });
  it("p-values, flags, intervals, missing", () => {
    const cell = (style: Parameters<typeof column>[2], value: number | boolean | null) =>
      formatCell({ cells: { x: value }, marks: "" }, column("x", "x", style));
    expect([cell("p", 0.0004), cell("p", 0.0411), cell("flag", false), cell("fixed", null)]).toEqual([
      "<0.001",
      "0.041",
      "no",
      "",
    ]);
    const withEnds = column("x", "x", "fixed", { digits: 1, interval: { low: "l", high: "h" } });
    expect(formatCell({ cells: { x: 2, l: 1.5, h: 2.5 }, marks: "" }, withEnds)).toBe("2.0 ±0.5");
    expect(formatCell({ cells: { x: 2 }, marks: "" }, withEnds)).toBe("2.0");
  });
});

describe("golden files: snapshots of the example through every printer, read by eye", () => {
  it.each(FORMATS)("%s", async (format) => {
    await expect(printTables([loss], format, page)).toMatchFileSnapshot(`golden/loss.${format}.txt`);
  });
  it("a wide terminal", async () => {
    await expect(printTables([loss], "table", { ...page, columns: 200 })).toMatchFileSnapshot(
      "golden/loss.wide.txt",
    );
  });
});

describe("terminal", () => {
  it.each([40, 60, 80, 100, 132])("keeps to %i columns, and shows every number", (columns) => {
    const text = printTables([loss], "table", { ...page, columns });
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(columns);
    for (const number of ["1.5000 ±0.0248", "-1.32 ±1.63", "494 k", "28.4 k", "2.1640"])
      expect(text).toContain(number);
  });
  it("no control characters without colour; with colour the verdict is coloured", () => {
    // eslint-disable-next-line no-control-regex
    const control = /[\u0000-\u0009\u000b-\u001f]/;
    expect(printTables([loss], "table", page)).not.toMatch(control);
    expect(printTables([loss], "table", { ...page, color: true })).toContain("\u001b[31mworse\u001b[39m");
  });
  it("aligns wide characters by their width", () => {
    const table: Table = {
      name: "t",
      title: "t",
      lead: [],
      columns: [column("a", "a", "text"), column("b", "b", "fixed")],
      rows: [
        { cells: { a: "専門家", b: 1 }, marks: "" },
        { cells: { a: "abcdef", b: 2 }, marks: "" },
      ],
      notes: [],
    };
    // three characters of two columns are as wide as six of one
    expect(printTables([table], "table", page)).toContain("専門家  1\nabcdef  2");
  });
});

describe("data", () => {
  const rows = parse(printTables([loss], "csv", page), { columns: true }) as unknown as Record<
    string,
    string
  >[];
  it("CSV keeps full precision, leaves missing cells empty, and defuses formulas", () => {
    expect(rows).toHaveLength(6);
    const [linear, attention, , hash] = rows;
    expect(Number(attention!["difference_nats"])).toBe(
      summarise(example).rows[1]!.comparison!.meanDifference,
    );
    expect(linear!["difference_nats"]).toBe("");
    expect(hash!["train_tokens_per_second"]).toBe("");
    expect(hash!["label"]).toMatch(/^'=HYPERLINK/);
    expect(attention!["difference_percent"]).toMatch(/^-1\.3157/);
  });
  it("CSV of tables with different columns is refused", () => {
    const other: Table = { ...loss, name: "other", columns: [dataColumn("x")] };
    expect(() => printTables([loss, other], "csv", page)).toThrow(
      "attention-router, other: their columns differ",
    );
    const both = parse(printTables([loss, loss], "csv", page));
    expect(both).toHaveLength(13);
  });
  it("JSON is one value with null for missing", () => {
    const { tables } = JSON.parse(printTables([loss], "json", page)) as {
      tables: { rows: Record<string, unknown>[] }[];
    };
    expect(tables[0]!.rows[3]).toMatchObject({
      variant: "hash",
      verdict: null,
      causal: true,
      seeds_finished: 1,
    });
  });
});

describe("markup", () => {
  it("escapes what a user wrote", () => {
    expect(printTables([loss], "html", page)).toContain("50% &amp; co_1 &lt;b&gt;");
    expect(printTables([loss], "latex", page)).toContain("50\\% \\& co\\_1 \\textless{}b\\textgreater{}");
    expect(printTables([loss], "md", page)).toContain("\\| 50% & co\\_1 \\<b\\>");
  });
  it("a LaTeX row that begins with a bracket is not taken for the argument of the line end before", () => {
    const table: Table = {
      ...loss,
      columns: [column("name", "n", "text")],
      rows: [{ cells: { name: "[5pt]" }, marks: "" }],
    };
    expect(printTables([table], "latex", page)).toContain("    {}[5pt] \\\\\n");
  });
  it("every Markdown row has as many cells as the header", () => {
    const lines = printTables([loss], "md", page)
      .split("\n")
      .filter((line) => line.startsWith("|"));
    const cells = lines.map((line) => line.replaceAll("\\|", "").split("|").length);
    expect(lines).toHaveLength(8);
    expect(new Set(cells).size).toBe(1);
  });
});

describe("format names", () => {
  it("knows terminal as table, and guesses", () => {
    expect(formatNamed("terminal")).toBe("table");
    expect(() => formatNamed("jsn")).toThrow('--format jsn: no such format; did you mean "json"?');
  });
});
