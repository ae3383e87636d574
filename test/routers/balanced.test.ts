/** Routers that balance by how they choose: sinkhorn, base-layer, online-k-means, stable-moe. */
import { describe, expect, it } from "vitest";
import baseLayer, { takeInTurn } from "../../src/routers/balanced/base-layer.ts";
import onlineKMeans from "../../src/routers/balanced/online-k-means.ts";
import sinkhornRouter from "../../src/routers/balanced/sinkhorn.ts";
import stableMoe from "../../src/routers/balanced/stable-moe.ts";
import { sinkhorn } from "../../src/routers/shared/sinkhorn.ts";
import { identity, integers, matrix, normals, route, rowsOf, runBody } from "../support/bodies.ts";
import { compiled, eager, engines } from "../support/engines.ts";
import { tinySettings } from "../support/tiny.ts";

const { exp, log } = Math;
const sigmoid = (x: number): number => 1 / (1 + exp(-x));

function close(found: ArrayLike<number> | undefined, wanted: readonly number[]): void {
  expect(found?.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(found?.[i], `number ${i}`).toBeCloseTo(value, 5));
}

/** All four prefer expert 0, tokens 2 and 0 the most. */
const four = { B: 1, T: 4, D: 4, E: 2, K: 1, V: 5, initStd: 0.02 };
const given = {
  x: identity(4),
  weight: matrix([
    [2, 0],
    [1, 0],
    [3, 0],
    [0.5, 0],
  ]),
};

describe.each(engines)("on $name", (engine) => {
  it("sinkhorn: half of the tokens for each of two experts in training, the logits alone in evaluation", async () => {
    const found = await route(engine, sinkhornRouter, four, { rounds: 20 }, "train", given);
    expect([...found["expert"]!]).toEqual([0, 1, 0, 1]);
    // Gates are sigmoids of the logits as they are.
    close(found["gate"], [sigmoid(2), 0.5, sigmoid(3), 0.5]);
    const plain = await route(engine, sinkhornRouter, four, { rounds: 20 }, "eval", given);
    expect([...plain["expert"]!]).toEqual([0, 0, 0, 0]);
    // With two experts a token, gates are softmax as it is.
    const both = await route(engine, sinkhornRouter, { ...four, K: 2 }, { rounds: 2 }, "eval", given);
    close(both["gate"]!.subarray(0, 2), [sigmoid(2), sigmoid(-2)]);
  });

  it("base-layer: tokens in equal parts in training, by the largest logit in evaluation", async () => {
    const options = { sharpness: 10, rounds: 16 };
    const found = await route(engine, baseLayer, four, options, "train", given);
    expect(rowsOf(found["token"]!, 2).map((row) => row.sort())).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(Math.max(...found["gate"]!)).toBeCloseTo(sigmoid(3), 5);
    close(found["gate"]!.subarray(2), [0.5, 0.5]);
    const plain = await route(engine, baseLayer, four, options, "eval", given);
    expect([...plain["expert"]!]).toEqual([0, 0, 0, 0]);
    close(plain["gate"], [2, 1, 3, 0.5].map(sigmoid));
  });

  it("online-k-means: the nearest by angle; means move towards what their experts got, and only those", async () => {
    const sizes = { B: 1, T: 2, D: 2, E: 3, K: 2, V: 5, initStd: 0.02 };
    const vectors = {
      x: matrix([
        [3, 4], // cosines 0.6, 0.8, -0.6
        [0, 2], // 0, 1, 0
      ]),
      start: matrix([
        [1, 0, -1],
        [0, 1, 0],
      ]),
      mean: { shape: [2, 3], values: Array(6).fill(0) as number[] },
      start_share: { shape: [3], values: [1, 1, 1] },
    };
    const found = await route(engine, onlineKMeans, sizes, { keep: 0.9, temperature: 0.1 }, "train", vectors);
    expect([...found["expert"]!]).toEqual([1, 0, 1, 0]);
    close(found["gate"], [sigmoid(2), sigmoid(-2), sigmoid(10), sigmoid(-10)]);
    // Experts 0 and 1 got both tokens, whose mean is (1.5, 3); expert 2 got none. [D, E]
    close(found["state/mean"], [0.15, 0.15, 0, 0.3, 0.3, 0]);
    close(found["state/start_share"], [0.9, 0.9, 1]);
    // The mean takes over: with all of the start gone, expert 0 is where its tokens are.
    const later = await route(engine, onlineKMeans, sizes, { keep: 0.9, temperature: 1 }, "eval", {
      ...vectors,
      mean: matrix([
        [0, 0, -1],
        [5, -1, 0],
      ]),
      start_share: { shape: [3], values: [0, 0, 0] },
    });
    close(later["gate"], [sigmoid(0.8 + 0.6), sigmoid(-1.4), sigmoid(1), sigmoid(-1)]);
  });

  it("stable-moe: learned choices first, token ids for ever after", async () => {
    const sizes = { B: 1, T: 2, D: 2, E: 2, K: 1, V: 3, initStd: 0.02 };
    const options = { firstSteps: 2, dimension: 1, distilWeight: 0.5 };
    const at = (step: number) => ({
      x: identity(2),
      tokens: integers([2, 0]),
      weight: matrix([
        [1, 0], // expert 0
        [0, 3], // expert 1
      ]),
      // Scores by token id: token 2 has ln 4 for expert 1, token 0 has ln 3 for expert 0.
      token_embedding: matrix([[log(3)], [0], [-log(4)]]),
      token_weight: matrix([[1, 0]]),
      step: { shape: [], values: [step] },
    });
    const first = await route(engine, stableMoe, sizes, options, "train", at(1));
    expect([...first["expert"]!]).toEqual([0, 1]);
    close(first["gate"], [sigmoid(1), sigmoid(3)]);
    // softmax by id gives what was chosen: of token 2 (1/4 : 1) expert 0 has 1/5, of token 0 (3 : 1) expert 1 has 1/4.
    close(first["losses/distillation"], [(0.5 * (log(5) + log(4))) / 2]);
    close(first["state/step"], [2]);
    const second = await route(engine, stableMoe, sizes, options, "train", at(2));
    expect([...second["expert"]!]).toEqual([1, 0]);
    close(second["gate"], [sigmoid(0), sigmoid(0)]);
    close(second["losses/distillation"], [0]);
    // Evaluation is by token id in both stages.
    const evaluation = await route(engine, stableMoe, sizes, options, "eval", at(0));
    expect([...evaluation["expert"]!]).toEqual([1, 0]);
  });
});

it("the Sinkhorn matrix has even rows and columns, and keeps ratios of ratios", async () => {
  const logits = normals([12, 4], "sinkhorn");
  const { plan } = await runBody(compiled, { logits }, (inputs) => ({
    plan: sinkhorn(inputs["logits"]!, 60),
  }));
  const rows = rowsOf(plan!, 4);
  for (const row of rows) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1 / 12, 4);
  for (let e = 0; e < 4; e++) expect(rows.reduce((sum, row) => sum + row[e]!, 0)).toBeCloseTo(1 / 4, 5);
  // Scaling rows and columns leaves (p_00 p_11) / (p_01 p_10) as exp of the logits has it.
  const [a, b] = rowsOf(logits.values, 4);
  const odds = log((rows[0]![0]! * rows[1]![1]!) / (rows[0]![1]! * rows[1]![0]!));
  expect(odds).toBeCloseTo(a![0]! + b![1]! - a![1]! - b![0]!, 3);
});

it("base-layer's assignment takes each token once, and comes near the best one", async () => {
  const [S, E] = [8, 2];
  let [found, best, first] = [0, 0, 0];
  for (let draw = 0; draw < 20; draw++) {
    const logits = normals([S, E], "base-layer", draw);
    const { token } = await runBody(eager, { logits }, (inputs) => ({
      token: takeInTurn(sinkhorn(inputs["logits"]!.mul(10), 16)),
    }));
    expect([...token!].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const scores = rowsOf(logits.values, E);
    const sumOf = (taken: readonly number[]): number =>
      scores.reduce((sum, row, s) => sum + (taken.includes(s) ? row[0]! : row[1]!), 0);
    found += sumOf([...token!].slice(0, S / E));
    first += sumOf([0, 1, 2, 3]);
    // With two experts, the best gives expert 0 those with the largest lead.
    const lead = scores.map(([a = 0, b = 0]) => a - b);
    best += sumOf([...lead.keys()].sort((s, t) => lead[t]! - lead[s]!).slice(0, S / E));
  }
  expect(found - first).toBeGreaterThan(0.98 * (best - first));
  expect(best - first).toBeGreaterThan(20);
});

it("base-layer wants one expert a token and equal parts", () => {
  const { model, data } = tinySettings({}); // 4 experts, top 2, 12 tokens
  const paths = (change: object): string[] =>
    baseLayer.problems({}, { ...model, ...change }, data).map(({ path }) => path);
  expect(paths({ topK: 1 })).toEqual([]);
  expect(paths({})).toEqual(["model.topK"]);
  expect(paths({ topK: 1, experts: 5 })).toEqual(["model.experts"]);
});
