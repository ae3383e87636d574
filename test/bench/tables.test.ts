import { describe, expect, it } from "vitest";
import { toText } from "../../bench/print.mjs";
import { shareOfFloor, timesAsFast } from "../../bench/rows.mjs";
import { stepTables, tablesOf } from "../../bench/tables.mjs";
import { EXAMPLE, stepRow } from "./example.ts";

describe("ratios", () => {
  const ours = stepRow("compiled", 80);
  const torch = stepRow("torch", 120);

  it("are of medians in one sitting", () => {
    expect(timesAsFast([ours, torch], ours, "torch")).toBe(1.5);
    expect(timesAsFast([ours, torch], torch, "compiled")).toBe(80 / 120);
    expect(shareOfFloor(ours)).toBe(0.5); // 40 of 80 ms
    const quick = stepRow("torch", 120, { min_ms: 144 });
    expect(timesAsFast([ours, quick], ours, "torch", "min_ms")).toBe(2); // 144 / (0.9 * 80)
  });

  it("are not made across sittings, threads, sizes or routers", () => {
    for (const other of [{ sitting: "later" }, { threads: 2 }, { size: "nano" }, { router: "attention" }]) {
      expect(timesAsFast([ours, stepRow("torch", 120, other)], ours, "torch")).toBeNull();
    }
  });

  it("are refused where a peer's numbers are not ours, or were never compared", () => {
    for (const agreement of [{ agrees: false }, null]) {
      const wrong = stepRow("torch", 120, { agreement });
      expect(timesAsFast([ours, wrong], ours, "torch")).toBeNull();
      expect(timesAsFast([ours, wrong], wrong, "compiled")).toBeNull();
      expect(shareOfFloor(wrong)).toBeNull();
      const [table] = stepTables([ours, wrong]);
      expect(table?.notes).toEqual(["No ratios with torch: its loss or gradient norm is not ours."]);
    }
  });
});

describe("tables in a terminal", () => {
  const text = tablesOf(EXAMPLE).map(toText).join("\n");

  it("are those of the golden file", async () => {
    await expect(text).toMatchFileSnapshot("golden/tables.txt");
  });

  it("fit 80 columns, also with long names", () => {
    const [table] = tablesOf([stepRow("p".repeat(90), 123_456, { compile_ms: 999_999, rss_mb: 99_999 })]);
    for (const line of `${text}\n${toText(table!)}`.split("\n")) {
      expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });
});
