import { describe, expect, it } from "vitest";
import hash, { expertTable } from "../../src/routers/fixed/hash.ts";
import oracle from "../../src/routers/fixed/oracle.ts";
import { taskOf } from "../../src/data/tasks/registry.ts";
import { integers, normals, route, rowsOf } from "../support/bodies.ts";
import { engines } from "../support/engines.ts";

describe.each(engines)("on $name", (engine) => {
  it("label l has the experts of group l modulo floor(E / K)", async () => {
    const sizes = { B: 1, T: 4, D: 4, E: 7, K: 3, V: 11, initStd: 0.02 };
    const given = { x: normals([4, 4], "x"), labels: integers([0, 1, 2, 255]) };
    const found = await route(engine, oracle, sizes, {}, "train", given);
    // Two groups of three, the seventh expert idle; 255 is odd.
    expect(rowsOf(found["expert"]!, 3)).toEqual([[0, 1, 2], [3, 4, 5], [0, 1, 2], [3, 4, 5]]); // prettier-ignore
    for (const gate of found["gate"]!) expect(gate).toBeCloseTo(1 / 3, 7);
  });
});

it("on the rule by token a hash with disjoint sets routes every token as the oracle does", () => {
  const task = taskOf("token-rule")!;
  const { tokens, labels } = task.draw(task.defaults, { sequences: 20, sequenceTokens: 65 });
  const [V, E, K] = [task.vocabulary(task.defaults), 16, 2];
  const table = rowsOf(
    expertTable({ V, E, K }, { sets: "disjoint" }, ["hash", hash.options.parse({})["draw"] as number]),
    K,
  );
  for (const [index, token] of tokens.entries()) {
    const label = labels[index]!;
    expect(table[token]).toEqual([2 * label, 2 * label + 1]);
  }
});
