import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { performanceDocument } from "../../bench/document.mjs";
import { goalLines } from "../../bench/goals.mjs";
import { timesAsFast, type Row } from "../../bench/rows.mjs";
import { EXAMPLE, stepRow } from "./example.ts";

describe("docs/performance.md", () => {
  it("is written as the golden file was", async () => {
    await expect(performanceDocument(EXAMPLE)).toMatchFileSnapshot("golden/performance.md");
  });

  it("is what the committed numbers give", () => {
    const rows = JSON.parse(readFileSync("bench/results/performance.json", "utf8")) as Row[];
    expect(readFileSync("docs/performance.md", "utf8")).toBe(performanceDocument(rows));
  });

  it("has what README says of it: how many times as fast as PyTorch eager a step is, at all sizes, routers and threads", () => {
    const rows = JSON.parse(readFileSync("bench/results/performance.json", "utf8")) as Row[];
    const steps = rows.filter((row) => row.measure === "step").filter(({ peer }) => peer === "native");
    const times = steps.map((row) => timesAsFast(rows, row, "torch")!);
    expect(times).toHaveLength(3 * 2 * 2);
    const range = [Math.min(...times), Math.max(...times)].map((one) => one.toFixed(1)).join(" to ");
    expect(readFileSync("README.md", "utf8")).toContain(`${range} times as fast at three sizes, two routers`);
  });

  it("is not written about nothing", () => {
    expect(() => performanceDocument([])).toThrow("no rows");
  });
});

describe("goals", () => {
  const line = (rows: readonly Row[], name: string): string[] =>
    goalLines(rows)
      .find(([text]) => text === name)!
      .slice(1);
  const eager = "`micro`, 2 threads: times as fast as PyTorch eager";

  it("count the worst of several routers", () => {
    const rows = ["linear", "attention"].flatMap((router, index) => [
      stepRow("native", 50, { router, threads: 2 }),
      stepRow("torch", index === 0 ? 110 : 80, { router, threads: 2 }),
    ]);
    expect(line(rows.slice(0, 2), eager)).toEqual(["at least 1.7", "2.20", "yes"]);
    expect(line(rows, eager)).toEqual(["at least 1.7", "1.60 to 2.20", "no"]);
  });

  it("say what was not measured", () => {
    expect(line([], eager)).toEqual(["at least 1.7", "not measured", ""]);
  });

  it("know a limit from above", () => {
    const compile = "`micro`: trace and plan, seconds";
    expect(line([stepRow("native", 50, { compile_ms: 290 })], compile)).toEqual([
      "at most 0.3",
      "0.3",
      "yes",
    ]);
    expect(line([stepRow("native", 50, { compile_ms: 360 })], compile)).toEqual(["at most 0.3", "0.4", "no"]);
  });
});
