import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import hash, { expertTable, hashTable } from "../../src/routers/fixed/hash.ts";
import { integers, normals, route, rowsOf } from "../support/bodies.ts";
import { engines } from "../support/engines.ts";

const fixture = (
  JSON.parse(readFileSync("test/fixtures/torch/initial.json", "utf8")) as {
    hashFirst24Of256: Record<string, number[][]>;
  }
).hashFirst24Of256;

describe("the table", () => {
  it.each(Object.entries(fixture))("%s is that of the independent implementation", (name, first24) => {
    const [E, K, draw] = /E(\d+)K(\d+)draw(\d+)/.exec(name)!.slice(1).map(Number) as [number, number, number];
    expect(rowsOf(hashTable({ V: 256, E, K }, draw), K).slice(0, 24)).toEqual(first24);
  });

  const cases = [2, 3, 4, 5, 8, 9, 12].flatMap((E) =>
    [1, 2, 3, 4].filter((K) => K <= E).map((K) => ({ E, K })),
  );
  it.each(cases)(
    "of $K of $E experts has distinct experts for an id and the same number of ids for an expert",
    ({ E, K }) => {
      const V = 101; // no multiple of any E
      const table = rowsOf(hashTable({ V, E, K }, 3), K);
      for (const experts of table) {
        expect(new Set(experts).size).toBe(K);
        expect(experts.every((e) => Number.isInteger(e) && e >= 0 && e < E)).toBe(true);
      }
      // As k-th expert, each one has floor(V / E) ids, or one more.
      for (let k = 0; k < K; k++) {
        const ids = Array.from({ length: E }, (_, e) => table.filter((experts) => experts[k] === e).length);
        expect(Math.min(...ids)).toBeGreaterThanOrEqual(Math.floor(V / E));
        expect(Math.max(...ids)).toBeLessThanOrEqual(Math.ceil(V / E));
      }
    },
  );

  it("is another for another draw, and the same again for the same", () => {
    const of = (draw: number): string => hashTable({ V: 256, E: 8, K: 2 }, draw).join();
    expect(of(0)).toBe(of(0));
    expect(of(1)).not.toBe(of(0));
  });

  it("pairs an expert with more than one other", () => {
    const partners = new Set(
      rowsOf(hashTable({ V: 256, E: 8, K: 2 }, 0), 2).flatMap(([a, b]) => (a === 0 ? [b] : [])),
    );
    expect(partners.size).toBeGreaterThan(3);
  });
});

it.each(engines)("on $name, experts follow from the token id alone, with gates 1/K", async (engine) => {
  const sizes = { B: 2, T: 3, D: 4, E: 5, K: 3, V: 11, initStd: 0.02 };
  const table = rowsOf(hashTable(sizes, 0), 3);
  const ids = [10, 0, 7, 7, 3, 10];
  const found = await route(engine, hash, sizes, hash.options.parse({}), "train", {
    x: normals([6, 4], "x"),
    tokens: integers(ids),
  });
  expect(rowsOf(found["expert"]!, 3)).toEqual(ids.map((id) => table[id]));
  expect(found["gate"]).toHaveLength(18);
  for (const gate of found["gate"]!) expect(gate).toBeCloseTo(1 / 3, 7);
  // No scores: neither balance loss nor z-loss can be made of it.
  expect([found["logits"], found["probs"]]).toEqual([undefined, undefined]);
});

describe.each(engines)("on $name", (engine) => {
  const sizes = { B: 2, T: 3, D: 4, E: 5, K: 2, V: 11, initStd: 0.02 };
  const ids = [10, 0, 7, 7, 3, 10];
  const routed = async (options: object): Promise<number[][]> => {
    const tensors = { x: normals([6, 4], "x"), tokens: integers(ids) };
    return rowsOf(
      (await route(engine, hash, sizes, hash.options.parse(options), "train", tensors))["expert"]!,
      2,
    );
  };

  it("the token before decides, and a first token for itself", async () => {
    const table = rowsOf(hashTable(sizes, 0), 2);
    // Sequences [10, 0, 7] and [7, 3, 10].
    expect(await routed({ of: "previous" })).toEqual([10, 10, 0, 7, 7, 3].map((id) => table[id]));
  });

  it("position decides alone", async () => {
    const table = rowsOf(
      expertTable({ V: 3, E: 5, K: 2 }, { sets: "overlapping" }, ["hash", 0, "position"]),
      2,
    );
    expect(await routed({ of: "position" })).toEqual([...table, ...table]);
  });

  it("of both, the token before moves a token's experts on, all by as much", async () => {
    const table = rowsOf(hashTable(sizes, 0), 2);
    // The place of an id: in a table of one expert a token and as many experts as ids it is the expert.
    const place = Array.from(
      expertTable({ V: 11, E: 11, K: 1 }, { sets: "overlapping" }, ["hash", 0, "previous"]),
    );
    const before = [10, 10, 0, 7, 7, 3];
    expect(await routed({ of: "both" })).toEqual(
      ids.map((id, s) => table[id]!.map((expert) => (expert + place[before[s]!]!) % 5)),
    );
  });

  it("disjoint sets share no expert: {0, 1} or {2, 3} of 5, by the place modulo 2", async () => {
    const place = Array.from(expertTable({ V: 11, E: 11, K: 1 }, { sets: "overlapping" }, ["hash", 0]));
    const groups = [
      [0, 1],
      [2, 3],
    ];
    expect(await routed({ sets: "disjoint" })).toEqual(ids.map((id) => groups[place[id]! % 2]));
    for (const set of await routed({ of: "both", sets: "disjoint" })) expect(groups).toContainEqual(set);
  });
});
