/** `table regimes`: calibrations of several regimes below one folder. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { printTables } from "../../src/tables/print.ts";
import { regimesTable } from "../../src/tables/calibration/regimes.ts";
import { calibrationTable } from "../../src/tables/calibration/table.ts";
import { readStored } from "../../src/tables/stored.ts";
import type { Table } from "../../src/tables/table.ts";

const folder = mkdtempSync(join(tmpdir(), "moe-lab-regimes-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
for (const name of ["calibration", "calibration-quick", "stress"])
  cpSync(join("results", name), join(folder, name), { recursive: true });
// The same results as if another file's base had made them, in a longer text of another vocabulary.
const other = join(folder, "calibration-of-mine");
cpSync(join("results", "calibration-quick"), other, { recursive: true });
const path = join(other, "experiment.json");
writeFileSync(
  path,
  readFileSync(path, "utf8")
    .replace('"name": "calibration"', '"name": "calibration-of-mine"')
    .replace('"tier": "quick"', '"tier": ""')
    .replaceAll('"vocabulary": 256', '"vocabulary": 1024'),
);
const table = (): Table => regimesTable.buildFrom!(folder);

it("has a row a regime, the shortest training first", () => {
  const rows = table().rows.map(({ cells }) => cells);
  expect(rows.map(({ regime }) => regime)).toEqual(["mine", "shipped, quick", "shipped, standard"]);
  expect(rows.map(({ tokens }) => tokens)).toEqual([500 * 1024, 500 * 1024, 1600 * 1024]);
  expect(rows.map(({ vocabulary }) => vocabulary)).toEqual([1024, 256, 256]);
  expect(rows.map(({ seeds_asked: seeds }) => seeds)).toEqual([4, 4, 8]);
});

it("has the score and the differences of `table calibration`, written by what they come to", () => {
  const { results } = readStored(folder, calibrationTable, null);
  const alone = calibrationTable.build({ results, asked: null, others: [] });
  const standard = table().rows.at(-1)!;
  expect(alone.lead[0]).toBe(`${String(standard.cells["agreed"])} of 8 published contrasts agree.`);
  for (const { cells } of alone.rows.slice(0, 8)) {
    const id = `${String(cells["contrast"]).replaceAll("-", "_")}_percent`;
    expect(standard.cells[id]).toBe(cells["difference_percent"]);
    expect(standard.cells[`${id}_low`]).toBe(cells["difference_percent_low"]);
    expect(standard.written![id]).toMatch(/^[+-]?\d+\.\d$/);
  }
  // Undecided at the quick tier.
  expect(table().rows[1]!.written!["more_experts_percent"]).toBe("(-0.9)");
});

it("fits 80 columns, and says what to do without results", () => {
  const text = printTables([table()], "table", { columns: 80, color: false });
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).not.toMatch(/NaN|undefined|Infinity/);
  expect(regimesTable.buildFrom!(join(folder, "nothing")).lead).toEqual([
    "No results yet: `npx moe-lab run experiments/calibration.json` makes the first.",
  ]);
});
