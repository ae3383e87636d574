import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import attention from "../../src/routers/attention/attention.ts";
import { attendExperts } from "../../src/routers/shared/attend-experts.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { costOf } from "../../src/model/cost.ts";
import { modelSpec } from "../../src/model/spec.ts";
import {
  type Given,
  identity,
  matrix,
  meanSpread,
  normals,
  route,
  rowsOf,
  runBody,
} from "../support/bodies.ts";
import { eager, engines } from "../support/engines.ts";
import { tinySettings } from "../support/tiny.ts";

const { log, exp } = Math;
const PAPER = { initScale: 1, temperature: 1 };
const sizes = { B: 1, T: 3, D: 3, E: 3, K: 2, V: 5, initStd: 0.02 };

/**
 * Token 0 has q = [1, -1, 0], k = [ln 2, 0, ln 4], v = [1, 2, 4]:
 *   exp(q_0 k) = [2, 1, 4],      softmax [2, 1, 4] / 7,   P_0 = (2 + 2 + 16) / 7 = 20/7
 *   exp(q_1 k) = [1/2, 1, 1/4],  softmax [2, 4, 1] / 7,   P_1 = (2 + 8 + 4) / 7 = 2
 *   exp(q_2 k) = [1, 1, 1],      softmax [1, 1, 1] / 3,   P_2 = 7/3
 * Token 1 has q = [2, 0, 1], k = [ln 3, ln 1, ln 3], v = [-1, 3, 0]:
 *   exp(q_0 k) = [9, 1, 9] / 19, P_0 = (-9 + 3) / 19 = -6/19
 *   exp(q_1 k) = [1, 1, 1] / 3,  P_1 = 2/3
 *   exp(q_2 k) = [3, 1, 3] / 7,  P_2 = (-3 + 3) / 7 = 0
 * Token 2 has q = 0, so that every expert gets the mean of v = [6, 0, 3]: 3, a tie.
 */
const weights = {
  query: matrix([
    [1, -1, 0],
    [2, 0, 1],
    [0, 0, 0],
  ]),
  key: matrix([
    [log(2), 0, log(4)],
    [log(3), 0, log(3)],
    [1, 2, 3],
  ]),
  value: matrix([
    [1, 2, 4],
    [-1, 3, 0],
    [6, 0, 3],
  ]),
};
const SCORES = [20 / 7, 2, 7 / 3, -6 / 19, 2 / 3, 0, 3, 3, 3];
/** Of two numbers that differ by d, the larger has the gate 1 / (1 + exp(-d)). */
const larger = (d: number): number => 1 / (1 + exp(-d));

describe.each(engines)("attention on $name", (engine) => {
  it("scores an expert by the explicit double sum; gates are a softmax over the chosen scores", async () => {
    const found = await route(engine, attention, sizes, PAPER, "train", { x: identity(3), ...weights });
    SCORES.forEach((p, i) => expect(found["logits"]![i]).toBeCloseTo(p, 5));
    expect(rowsOf(found["expert"]!, 2)).toEqual([
      [0, 2],
      [1, 2],
      [0, 1],
    ]);
    const first = [larger(20 / 7 - 7 / 3), larger(2 / 3 - 0), 0.5];
    first.forEach((gate, s) => {
      expect(found["gate"]![2 * s]).toBeCloseTo(gate, 5);
      expect(found["gate"]![2 * s + 1]).toBeCloseTo(1 - gate, 5);
    });
    // Probabilities are softmax(P): exp(3) three times for token 2.
    [6, 7, 8].forEach((i) => expect(found["probs"]![i]).toBeCloseTo(1 / 3, 6));
  });

  it("gives the mean over tokens of the expert correlations, whose rows sum to 1", async () => {
    const found = await route(engine, attention, sizes, PAPER, "eval", { x: identity(3), ...weights });
    const rows = rowsOf(found["matrices/correlation"]!, 3);
    const mean = (a: number, b: number, c: number): number => (a + b + c) / 3;
    // Softmax rows of tokens 0, 1 and 2 above; q = 0 gives 1/3 everywhere.
    const wanted = [
      [mean(2 / 7, 9 / 19, 1 / 3), mean(1 / 7, 1 / 19, 1 / 3), mean(4 / 7, 9 / 19, 1 / 3)],
      [mean(2 / 7, 1 / 3, 1 / 3), mean(4 / 7, 1 / 3, 1 / 3), mean(1 / 7, 1 / 3, 1 / 3)],
      [mean(1 / 3, 3 / 7, 1 / 3), mean(1 / 3, 1 / 7, 1 / 3), mean(1 / 3, 3 / 7, 1 / 3)],
    ];
    rows.forEach((row, i) => {
      row.forEach((value, j) => expect(value).toBeCloseTo(wanted[i]![j]!, 5));
      expect(row[0]! + row[1]! + row[2]!).toBeCloseTo(1, 6);
    });
  });
});

it("divides q k by the temperature", async () => {
  const doubled = {
    ...weights,
    key: { ...weights.key, values: Array.from(weights.key.values, (k) => 2 * k) },
  };
  const found = await route(eager, attention, sizes, { initScale: 1, temperature: 2 }, "eval", {
    x: identity(3),
    ...doubled,
  });
  SCORES.forEach((p, i) => expect(found["logits"]![i]).toBeCloseTo(p, 5));
});

/** Yuan 2.0-M32, arXiv 2405.17976, section 3, on many random tokens. */
describe("for random q, k, v", () => {
  const [S, E] = [200, 7];
  const drawn = { q: normals([S, E], "q"), k: normals([S, E], "k"), v: normals([S, E], "v") };
  const attend = async (
    given: Record<string, Given>,
  ): Promise<{ scores: number[][]; correlation: number[][] }> => {
    const found = await runBody(eager, given, ({ q, k, v }) => ({ ...attendExperts(q!, k!, v!, 0.7) }));
    return { scores: rowsOf(found["scores"]!, E), correlation: rowsOf(found["correlation"]!, E) };
  };

  it("P is the double sum, lies between the smallest and the largest v, and correlation rows sum to 1", async () => {
    const { scores, correlation } = await attend(drawn);
    const [q, k, v] = [drawn.q, drawn.k, drawn.v].map(({ values }) => rowsOf(values, E)) as [
      number[][],
      number[][],
      number[][],
    ];
    scores.forEach((row, s) => {
      row.forEach((p, i) => {
        let total = 0;
        let sum = 0;
        for (let j = 0; j < E; j++) {
          const weight = exp((q[s]![i]! * k[s]![j]!) / 0.7);
          total += weight;
          sum += weight * v[s]![j]!;
        }
        expect(p).toBeCloseTo(sum / total, 4);
        expect(p).toBeGreaterThanOrEqual(Math.min(...v[s]!) - 1e-6);
        expect(p).toBeLessThanOrEqual(Math.max(...v[s]!) + 1e-6);
      });
    });
    for (const row of correlation) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });

  it("permuting experts permutes P", async () => {
    const order = [4, 0, 6, 2, 1, 5, 3];
    const permuted = Object.fromEntries(
      Object.entries(drawn).map(([name, { values }]) => [
        name,
        matrix(rowsOf(values, E).map((row) => order.map((e) => row[e]!))),
      ]),
    );
    const [plain, moved] = [await attend(drawn), await attend(permuted)];
    moved.scores.forEach((row, s) =>
      row.forEach((p, i) => expect(p).toBeCloseTo(plain.scores[s]![order[i]!]!, 5)),
    );
  });
});

describe("the scale-matched start", () => {
  const fixture = (
    JSON.parse(readFileSync("test/fixtures/torch/initial.json", "utf8")) as {
      matchLinear: { D: number; E: number; std: number; multiplier: number };
    }
  ).matchLinear;
  const { D, E, std } = fixture;
  const matching = { initScale: "match-linear", temperature: 1 };
  const given = { B: 1, T: 4, D, E, K: 2, V: 5, initStd: std };
  const matched = attention.solved(given, matching)["initScale"]!;

  it("has the multiplier of the independent implementation", () => {
    expect(matched).toBeCloseTo(fixture.multiplier, 6);
  });

  it("makes the spread of P, through the router's own mathematics, that of linear logits", async () => {
    // The draws of docs/model.md: 4096 tokens, then unit weights query, key, value, linear.
    const stream = streamOf(0, "match-linear");
    const rows = (count: number, width: number): number[][] =>
      Array.from({ length: count }, () => Array.from({ length: width }, () => stream.normal()));
    const x = rows(4096, D).map((row) => {
      const rms = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / D);
      return row.map((value) => value / rms);
    });
    const [query, key, value, classic] = [0, 1, 2, 3].map(() => rows(D, E)) as [
      number[][],
      number[][],
      number[][],
      number[][],
    ];
    const times = (weight: number[][], factor: number): Given =>
      matrix(weight.map((row) => row.map((one) => one * factor)));
    const large = { B: 1, T: 4096, D, E, K: 2, V: 5, initStd: std };
    const spreadOfP = async (multiplier: number): Promise<number> => {
      const w = { query, key, value };
      const given = Object.fromEntries(
        Object.entries(w).map(([name, weight]) => [name, times(weight, std * multiplier)]),
      );
      return meanSpread(
        (await route(eager, attention, large, PAPER, "eval", { x: matrix(x), ...given }))["logits"]!,
        E,
      );
    };
    const logits = await route(eager, linear, large, { renormalise: true, frozen: false }, "eval", {
      x: matrix(x),
      weight: times(classic, std),
    });
    const target = meanSpread(logits["logits"]!, E);
    expect((await spreadOfP(matched)) / target).toBeCloseTo(1, 4);
    // And it is needed: with the paper's start P is far flatter (1 to 2 orders of magnitude).
    expect((await spreadOfP(1)) / target).toBeLessThan(0.1);
  });

  it("scales the initial weights and is recorded", () => {
    const { query, key, value } = attention.parameters(given, matching);
    for (const spec of [query, key, value]) expect(spec).toMatchObject({ shape: [D, E], std: std * matched });
    expect(attention.solved(given, PAPER)).toEqual({});
    expect(attention.parameters(given, { ...PAPER, initScale: 3 })["key"]!.std).toBeCloseTo(3 * std, 12);
  });

  it("is refused where no multiplier up to 64 does it", () => {
    const { model, data } = tinySettings({ model: { width: 16, heads: 2, init: INIT } });
    const problems = (temperature: number): unknown =>
      attention.problems({ initScale: "match-linear", temperature }, model, data);
    expect(problems(1)).toEqual([]);
    // P - mean(v) is about q cov(k, v) / temperature: a temperature of 1000 asks for a tenfold multiplier on top.
    expect(problems(1000)).toMatchObject([{ path: "router.options.initScale" }]);
  });
});

const INIT = { distribution: "truncated-normal", std: 0.02, cut: 3 } as const;

/** Yuan 2.0-M32, section 3: three projections [D, E] in place of one. */
it("has 2 D E parameters a layer more than linear", () => {
  const attentive = tinySettings({ router: { name: "attention", options: PAPER } });
  const classic = tinySettings({ router: { name: "linear", options: {} } });
  const { width: D, experts: E, layers: L } = attentive.model;
  const difference =
    costOf(modelSpec(attentive, attention, 11)).totalParameters -
    costOf(modelSpec(classic, linear, 11)).totalParameters;
  expect(difference).toBe(2 * D * E * L);
});

describe.each(engines)("what attention says of every token on $name", (engine) => {
  it("is how many directions its correlation has, and whether an extreme of q won", async () => {
    const found = await route(engine, attention, sizes, PAPER, "eval", { x: identity(3), ...weights });
    // C of token 0 has rows [2, 1, 4] / 7, [2, 4, 1] / 7 and [1, 1, 1] / 3. C C': 3/7, 3/7 and 1/3 on the diagonal, 12/49, 1/3 and 1/3 beside it.
    const squares = 3 / 7 + 3 / 7 + 1 / 3;
    const gram = 2 * (3 / 7) ** 2 + (1 / 3) ** 2 + 2 * ((12 / 49) ** 2 + 2 * (1 / 3) ** 2);
    const ranks = Array.from(found["measures/correlation_effective_rank"]!);
    expect(ranks[0]).toBeCloseTo(squares ** 2 / gram, 5);
    expect(ranks[2]).toBeCloseTo(1, 5); // q = 0: all rows are equal.
    // The largest q (1) won in token 0, the smallest (0) in token 1, and all are equal in token 2.
    expect(Array.from(found["measures/extreme_query_wins"]!)).toEqual([1, 1, 1]);
  });
  it("is 0 where an expert of intermediate q won, as papers.md 2.2 says it can", async () => {
    // g(t) = 1 / (e^t + e^-t + 1) is largest at t = 0, and expert 1 has q = 0.
    const one = { query: matrix([[2, 0, -2]]), key: matrix([[1, -1, 0]]), value: matrix([[0, 0, 1]]) };
    const given = { x: matrix([[1]]), ...one };
    const found = await route(engine, attention, { ...sizes, T: 1, D: 1 }, PAPER, "eval", given);
    expect(Array.from(found["measures/extreme_query_wins"]!)).toEqual([0]);
  });
});
