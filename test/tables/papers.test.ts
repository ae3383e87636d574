import { describe, expect, it } from "vitest";
import { loadExperiment } from "../../src/config/load.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { variantIn } from "../../src/papers/paper.ts";
import { FORMATS, printTables } from "../../src/tables/print.ts";
import { TABLES } from "../../src/tables/registry.ts";
import type { Table } from "../../src/tables/table.ts";
import { madeUp } from "./made-up.ts";

const nothing = { results: null, asked: null, others: [] } as const;
const page = { columns: 80, color: false };
const built = (name: string): Table => TABLES.find((entry) => entry.name === name)!.build(nothing);
const names = TABLES.map((entry) => entry.name);
/** The stress suite is nobody's paper: stress.test.ts. */
const OF_PAPERS = TABLES.filter(({ paper }) => paper !== "").map((entry) => [entry.name, entry] as const);

it("every table has a name of its own, and they are those of the papers' questions", () => {
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(
    expect.arrayContaining(["yuan-1", "yuan-2", "lfa", "olmoe-dense", "attention-controls"]),
  );
});

describe("golden files: each paper's numbers without any of ours, 80 columns, read by eye against the papers", () => {
  // Without results the table of regimes has no row.
  it.each(names.filter((name) => name !== "regimes"))("%s", async (name) => {
    await expect(printTables([built(name)], "table", page)).toMatchFileSnapshot(`golden/papers/${name}.txt`);
  });
});

it.each(names)("%s explains every sign of a source that it uses", (name) => {
  const table = built(name);
  const text = [...table.columns.map(({ header }) => header), ...table.notes].join(" ");
  const used = new Set([...text.matchAll(/\((?:paper )?([VTD])\)/g)].map(([, sign]) => `${sign}: `));
  const legend = table.notes.find((note) => note.startsWith("Paper's numbers: ")) ?? "";
  expect([...used].filter((sign) => !legend.includes(sign))).toEqual([]);
});

/** Relative differences computed by hand from the papers' numbers, in percent. */
const BY_HAND: readonly [table: string, row: string, column: string, percent: number][] = [
  ["yuan-1", "Attention router, 8 experts", "paper_difference_percent", (2.109 / 2.117 - 1) * 100], // -0.378
  ["yuan-1", "Shared expert, 2 fixed + top-2 of 14", "paper_difference_percent", 0],
  ["yuan-1", "Shared expert, 2 fixed + top-2 of 14", "paper_speed_difference_percent", -6.8468],
  ["yuan-2", "16, linear router", "paper_difference_percent", -1.8132],
  ["yuan-2", "32, attention router", "paper_difference_percent", -3.6264],
  ["lfa", "Two convolutions + RMSNorm", "paper_difference_percent", -3.5252],
  ["lfa", "Two convolutions + RMSNorm", "paper_speed_difference_percent", -8.5578],
  ["olmoe-dense", "MoE, 64 experts, 8 active", "paper_difference_percent", -5.6429],
  ["olmoe-dense", "MoE, 64 experts, 8 active", "paper_speed_difference_percent", -37.0667],
  ["olmoe-granularity", "32, 4 active", "paper_difference_percent", -1.5334],
  ["olmoe-granularity", "64, 8 active", "paper_difference_percent", -1.8714],
  ["olmoe-shared-expert", "31 routed, 3 active, 1 shared", "paper_difference_percent", 0.4576],
  ["olmoe-expert-choice", "Expert choice, capacity 2", "paper_difference_percent", 3.2424],
  ["olmoe-expert-choice", "Expert choice, capacity 2", "paper_speed_difference_percent", 20.4918],
  ["olmoe-upcycling", "Upcycled", "paper_difference_percent", 0.2681],
  ["olmoe-upcycling", "Upcycled, half of the weights noise", "paper_difference_percent", -0.0771],
  ["olmoe-balance-loss", "Without", "paper_difference_percent", 2.0474],
  ["olmoe-balance-loss", "Without", "paper_train_loss_difference_percent", 1.4199],
  ["olmoe-z-loss", "Without", "paper_difference_percent", 1.0405],
  ["olmoe-init", "Normal, std 0.02", "paper_difference_percent", 1.4504],
  ["olmoe-qk-norm", "LayerNorm, without", "paper_difference_percent", 0.3016],
  ["olmoe-norm", "LayerNorm without parameters", "paper_difference_percent", 1.1878],
  ["olmoe-norm", "LayerNorm without parameters", "paper_speed_difference_percent", 17.6471],
  ["olmoe-decay-norms", "Not decayed", "paper_difference_percent", 0.1466],
  ["olmoe-decay-embeddings", "Not decayed", "paper_difference_percent", 0.0465],
  ["olmoe-adam-eps", "1e-5", "paper_difference_percent", 9.2375],
];

it.each(BY_HAND)("%s, %s: %s", (table, label, column, percent) => {
  const row = built(table).rows.find(({ cells }) => cells["row"] === label);
  expect(row?.cells[column]).toBeCloseTo(percent, 3);
});

describe("tables and their experiments", () => {
  it.each(OF_PAPERS)(
    "%s: every variant that it names is in its experiment file, in every tier",
    async (_, entry) => {
      for (const tier of ["quick", "standard", "full"]) {
        const file = `experiments/${entry.experiment}.json`;
        const { experiment } = await loadExperiment(file, { routers: shippedRouters, tier });
        expect(experiment.variants.map((variant) => variant.name)).toEqual(
          expect.arrayContaining(entry.variants.map((name) => variantIn(tier, name))),
        );
      }
    },
  );

  it.each(OF_PAPERS)(
    "%s: made-up results fill every cell of a row that has a variant, in every format and in 80 columns",
    async (_, entry) => {
      const results = await madeUp(entry.experiment);
      const table = entry.build({ results, asked: null, others: [] });
      for (const { cells } of table.rows.filter((row) => row.cells["variant"] !== null)) {
        expect(cells["validation_loss_nats"], String(cells["row"])).toBeGreaterThan(1);
        expect(cells["seeds"]).toBe("4/4");
        // A row without a verdict is a reference.
        if (cells["verdict"] === null) expect(cells["compared_with"]).toBeNull();
        else expect(cells["difference_percent"]).not.toBeNull();
      }
      const references = table.rows.filter(
        ({ cells }) => cells["variant"] !== null && cells["verdict"] === null,
      );
      expect(references.length).toBeGreaterThan(0);
      for (const format of FORMATS) {
        const text = printTables([table], format, page);
        expect(text).not.toMatch(/NaN|undefined|\[object|Infinity/);
        if (format === "table")
          expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
      }
      expect(table.notes.join("\n")).not.toContain("No finished run");
    },
  );
});

it("our side of yuan-2 compares with 8 experts of the same router", async () => {
  const entry = TABLES.find(({ name }) => name === "yuan-2")!;
  const results = await madeUp("yuan-experts");
  const { rows } = entry.build({ results, asked: null, others: [] });
  const of = (label: string) => rows.find(({ cells }) => cells["row"] === label)!.cells;
  // made-up.ts: variant 5 (attention-32) against variant 3 (attention), seeds 1 to 4.
  const loss = (i: number, s: number) => 1.5 + 0.01 * i + 0.002 * s + 0.0005 * ((i * s) % 3);
  const sum = (i: number) => [1, 2, 3, 4].reduce((total, s) => total + loss(i, s), 0);
  expect(of("32, attention router")["compared_with"]).toBe("attention");
  expect(of("32, attention router")["difference_percent"]).toBeCloseTo(100 * (sum(5) / sum(3) - 1), 9);
  expect(of("32, linear router")["compared_with"]).toBe("linear");
  expect(of("32, linear router")["difference_percent"]).toBeCloseTo(100 * (sum(2) / sum(0) - 1), 9);
  expect(of("8, attention router")["difference_percent"] ?? null).toBeNull();
  expect(rows.map(({ cells }) => cells["paper_test_loss"])).toEqual([1.82, 1.787, 1.754, 1.82, 1.787, 1.754]);
});

it("rows that see the future are marked, with their loss when only the past decides", async () => {
  const entry = TABLES.find(({ name }) => name === "olmoe-expert-choice")!;
  const { rows, notes } = entry.build({
    results: await madeUp("olmoe-expert-choice"),
    asked: null,
    others: [],
  });
  const marks = rows.map((row) => [row.cells["row"], row.marks]);
  expect(marks).toContainEqual(["Expert choice, capacity 2", "†"]);
  expect(marks).toContainEqual(["Token choice, top-2", ""]);
  expect(notes.join("\n")).toMatch(/† Sees future tokens.*With the past alone deciding/);
});

it("unequal compute is marked, and the note on equality points at it", async () => {
  const entry = TABLES.find(({ name }) => name === "yuan-2")!;
  const { rows, notes } = entry.build({ results: await madeUp("yuan-experts"), asked: null, others: [] });
  expect(rows.find(({ cells }) => cells["row"] === "32, linear router")?.marks).toBe("‡");
  const equal = notes.find((note) => note.startsWith("Equal in ours"));
  expect(equal).toContain(
    "text, training tokens, total and active parameters and forward FLOPs within 1 % (but where ‡)",
  );
  expect(equal).toContain("Linear, 32 experts: model.experts");
});
