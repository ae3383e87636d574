/** Ranks of matrices and routers' own measures, by hand. */
import { describe, expect, it } from "vitest";
import { matrixRanks } from "../../../src/analysis/routing/matrix-rank.ts";
import { matrixMeasures, ownMeasures } from "../../../src/analysis/routing/own-measures.ts";
import { streamOf } from "../../../src/core/streams.ts";

describe("ranks of a matrix", () => {
  it.each([
    ["an outer product", [1, 2, 3, 2, 4, 6, 3, 6, 9], 3, 1, 1],
    ["the identity", [1, 0, 0, 0, 1, 0, 0, 0, 1], 3, 3, 3],
    ["nothing", [0, 0, 0, 0], 2, 0, 0],
    // Singular values 3 and 1: (9 + 1)^2 / (81 + 1).
    ["a symmetric one", [2, 1, 1, 2], 2, 2, 100 / 82],
    // Not square, A A' = [[2, 0], [0, 8]]: (2 + 8)^2 / (4 + 64).
    ["a wide one", [1, 1, 0, 2, -2, 0], 3, 2, 100 / 68],
    // The second value, 1e-7, is under 2 * 2^-23.
    ["rank 1 but for rounding", [1, 0, 0, 1e-7], 2, 1, 1],
  ])("%s", (_, values, columns, rank, effective) => {
    const found = matrixRanks(values, columns);
    expect(found.rank).toBe(rank);
    expect(found.effective).toBeCloseTo(effective, 10);
  });
  it("agrees with traces, ||C||^4 / ||C C'||^2, for a random matrix", () => {
    const stream = streamOf(0, "test", "ranks");
    const C = Array.from({ length: 7 }, () => Array.from({ length: 7 }, () => stream.normal()));
    const squares = C.flat().reduce((sum, c) => sum + c * c, 0);
    const gram = C.flatMap((a) => C.map((b) => a.reduce((sum, c, i) => sum + c * b[i]!, 0)));
    const expected = squares ** 2 / gram.reduce((sum, g) => sum + g * g, 0);
    expect(matrixRanks(C.flat(), 7).effective).toBeCloseTo(expected, 10);
  });
});

const decisions = { domains: ["a", "b"], domain: Uint16Array.of(0, 1, 1, 1) };

it("routers' own measures are means over the tokens of each domain, and of all", () => {
  const own = { name: "seen", layer: 2, unit: "share of tokens", chance: 0.25 };
  const rows = ownMeasures(decisions, [{ ...own, values: Float32Array.of(1, 0, 0, 1) }]);
  expect(rows.map(({ domain, value }) => [domain, value])).toEqual([
    ["a", 1],
    ["b", Math.fround(1) / 3],
    ["all", 0.5],
  ]);
  expect(rows[0]).toMatchObject({ layer: 2, measure: "router.seen", unit: "share of tokens", chance: 0.25 });
});

it("two domains of rank 1 have a mean of rank 2, each domain weighing as many tokens as it has", () => {
  const of = { name: "pairs", layer: 0, columns: 2 };
  const rows = matrixMeasures(decisions, [
    { ...of, domain: "a", values: Float64Array.of(4, 0, 0, 0) },
    { ...of, domain: "b", values: Float64Array.of(0, 0, 0, 4) },
  ]);
  expect(
    rows.filter(({ measure }) => measure === "pairs_rank").map((row) => [row.domain, row.value]),
  ).toEqual([
    ["a", 1],
    ["b", 1],
    ["all", 2],
  ]);
  // The mean is diag(1, 3): (1 + 9)^2 / (1 + 81).
  expect(rows.at(-1)).toMatchObject({ measure: "pairs_effective_rank", unit: "singular values" });
  expect(rows.at(-1)!.value).toBeCloseTo(100 / 82, 12);
});
