import { describe, expect, it } from "vitest";
import { countAssignments } from "../../src/model/losses.ts";
import type { RoutingMode } from "../../src/model/router.ts";
import expertChoice, { chooseTokens } from "../../src/routers/balanced/expert-choice.ts";
import type { Engine, HostTensors } from "../../src/engine/types.ts";
import {
  type Given,
  identity,
  integers,
  matrix,
  normals,
  route,
  rowsOf,
  runBody,
} from "../support/bodies.ts";
import { compiled, engines } from "../support/engines.ts";
import { tinySettings } from "../support/tiny.ts";

const { log } = Math;
/** 2 sequences of 3 tokens, 3 experts, K = 1: capacity K T / E = 1 in each sequence. x = identity: logits are the weights. */
const sizes = { B: 2, T: 3, D: 6, E: 3, K: 1, V: 5, initStd: 0.02 };
/** Probabilities of token 0 .. 5, in tenths; logs of them as weights. */
const TENTHS = [
  [6, 3, 1],
  [5, 1, 4],
  [1, 7, 2],
  [2, 2, 6],
  [3, 3.2, 3.8],
  [8, 1, 1],
];
const fresh = { cutoff: { shape: [3], values: [0, 0, 0] }, cutoff_weight: { shape: [], values: [0] } };

function weightsOf(tenths: readonly (readonly number[])[]): Given {
  return matrix(tenths.map((row) => row.map((p) => log(p / 10))));
}

function routed(
  engine: Engine,
  mode: RoutingMode,
  scope: string,
  state: Record<string, Given> = fresh,
  tenths = TENTHS,
): Promise<HostTensors> {
  return route(engine, expertChoice, sizes, { scope }, mode, {
    x: identity(6),
    weight: weightsOf(tenths),
    ...state,
  });
}

describe.each(engines)("expert-choice on $name", (engine) => {
  it("gives each expert its best token of each sequence, with its probability as gate", async () => {
    const found = await routed(engine, "train", "sequence");
    // Sequence 0 (tokens 0..2): expert 0 has .6 .5 .1, expert 1 .3 .1 .7, expert 2 .1 .4 .2; sequence 1 (3..5):
    // expert 0 has .2 .3 .8, expert 1 .2 .32 .1, expert 2 .6 .38 .1.
    expect(rowsOf(found["token"]!, 2)).toEqual([
      [0, 5],
      [2, 4],
      [1, 3],
    ]);
    [0.6, 0.8, 0.7, 0.32, 0.4, 0.6].forEach((gate, i) => expect(found["gate"]![i]).toBeCloseTo(gate, 6));
  });

  it("or its two best of the batch, capacity K S / E = 2", async () => {
    const found = await routed(engine, "train", "batch");
    // Expert 0: .8 of token 5, .6 of 0; expert 1: .7 of 2, .32 of 4; expert 2: .6 of 3, .4 of 1.
    expect(rowsOf(found["token"]!, 2)).toEqual([
      [5, 0],
      [2, 4],
      [3, 1],
    ]);
    [0.8, 0.6, 0.7, 0.32, 0.6, 0.4].forEach((gate, i) => expect(found["gate"]![i]).toBeCloseTo(gate, 6));
  });

  it("keeps the running mean of the cut-off scores, corrected from the first step on", async () => {
    // The cut-off is the mean over sequences of the worst score taken. Step 1: as above, expert 0 (.6 + .8) / 2 = .7,
    // expert 1 (.7 + .32) / 2 = .51, expert 2 (.4 + .6) / 2 = .5. Steps 2 and 3 have the experts moved on by one each time.
    const cutoffs = [
      [0.7, 0.51, 0.5],
      [0.5, 0.7, 0.51],
      [0.51, 0.5, 0.7],
    ];
    let state: Record<string, Given> = fresh;
    let tenths = TENTHS;
    let sum = [0, 0, 0];
    let weight = 0;
    for (const cutoff of cutoffs) {
      const found = await routed(engine, "train", "sequence", state, tenths);
      sum = sum.map((old, e) => 0.99 * old + 0.01 * cutoff[e]!);
      weight = 0.99 * weight + 0.01;
      sum.forEach((value, e) => expect(found["state/cutoff"]![e]).toBeCloseTo(value, 7));
      expect(found["state/cutoff_weight"]![0]).toBeCloseTo(weight, 7);
      state = {
        cutoff: { shape: [3], values: found["state/cutoff"]! },
        cutoff_weight: { shape: [], values: found["state/cutoff_weight"]! },
      };
      tenths = tenths.map(([a, b, c]) => [c!, a!, b!]);
    }
    // By hand for expert 0: 0.01 (.9801 * .7 + .99 * .5 + .51) = 0.0169107, over 1 - .99^3 = 0.029701: 0.569365.
    expect(state["cutoff"]!.values[0]! / state["cutoff_weight"]!.values[0]!).toBeCloseTo(0.569365, 5);
  });

  it("in causal evaluation takes every token at or above the threshold, and no other", async () => {
    // Thresholds cutoff / weight = [.55, .25, .45].
    const state = {
      cutoff: { shape: [3], values: [0.11, 0.05, 0.09] },
      cutoff_weight: { shape: [], values: [0.2] },
    };
    const found = await routed(engine, "causal-eval", "sequence", state);
    const gates = [
      [0.6, 0.3, 0], // .6 >= .55, .3 >= .25, .1 < .45
      [0, 0, 0],
      [0, 0.7, 0],
      [0, 0, 0.6],
      [0, 0.32, 0],
      [0.8, 0, 0],
    ];
    gates.flat().forEach((gate, i) => expect(found["gate"]![i], `gate ${i}`).toBeCloseTo(gate, 6));
    expect(found["token"]).toBeUndefined();
    // Evaluation reads the state; training alone moves it.
    expect(Object.keys(found).filter((name) => name.startsWith("state/"))).toEqual([]);
  });
});

it.each([1, 4])(
  "takes exactly its capacity of distinct tokens, from each of %i groups alike",
  async (groups) => {
    const large = { B: 4, T: 10, E: 5, K: 3 };
    const { token, cutoff } = await runBody(
      compiled,
      { scores: normals([40, 5], "scores") },
      ({ scores }) => {
        const chosen = chooseTokens(scores!, groups, large);
        if (chosen.assignment.kind !== "expert-choice")
          throw new Error("expert choice must say which tokens");
        return { token: chosen.assignment.token, cutoff: chosen.cutoff };
      },
    );
    const pool = 40 / groups;
    const capacity = (3 * pool) / 5; // K * T / E = 6, or K * S / E = 24
    const chosen = rowsOf(token!, groups * capacity);
    expect(chosen).toHaveLength(5);
    const scores = rowsOf(normals([40, 5], "scores").values, 5);
    chosen.forEach((tokens, e) => {
      expect(new Set(tokens).size).toBe(24);
      const lowest: number[] = [];
      for (let group = 0; group < groups; group++) {
        const mine = tokens.filter((s) => Math.floor(s / pool) === group);
        expect(mine).toHaveLength(capacity);
        const taken = mine.map((s) => scores[s]![e]!);
        const left = scores.slice(group * pool, (group + 1) * pool).map((row) => row[e]!);
        lowest.push(Math.min(...taken));
        // Nothing that was left out is better than what was taken.
        expect(left.filter((score) => score >= Math.min(...taken))).toHaveLength(capacity);
      }
      expect(cutoff![e]).toBeCloseTo(lowest.reduce((a, b) => a + b) / groups, 5);
    });
  },
);

it("the unrouted share counts the tokens that no expert took", async () => {
  // Of 5 tokens, expert 0 took 3 and 1, expert 1 took 1 and 4: tokens 0 and 2 are left, 2/5.
  const gate = matrix([
    [0.5, 0.5],
    [0.5, 0.5],
  ]);
  const { unrouted, counts } = await runBody(
    compiled,
    { token: integers([3, 1, 1, 4], [2, 2]), gate },
    (inputs) =>
      countAssignments({ kind: "expert-choice", token: inputs["token"]!, gate: inputs["gate"]! }, 5, 2),
  );
  expect(unrouted![0]).toBeCloseTo(2 / 5, 6);
  expect(Array.from(counts!)).toEqual([2, 2]);
});

describe("its declared properties", () => {
  it("is not causal and wants no balance loss", () => {
    expect(expertChoice.causal({ scope: "sequence" })).toBe(false);
    expect(expertChoice.wantsBalanceLoss({ scope: "sequence" })).toBe(false);
  });

  it("refuses a capacity that is not whole", () => {
    const { model, data } = tinySettings({ data: { sequenceLength: 6, batchSequences: 2 } });
    // K T / E = 2 * 6 / 4 = 3; 2 * 6 / 5 is no whole number, nor is 2 * 12 / 5; 2 * 12 / 8 = 3 is, 2 * 6 / 8 is not.
    const problems = (experts: number, scope: string): unknown[] => [
      ...expertChoice.problems({ scope }, { ...model, experts }, data),
    ];
    expect(problems(4, "sequence")).toEqual([]);
    expect(problems(5, "sequence")).toMatchObject([{ path: "model.experts" }]);
    expect(problems(5, "batch")).toHaveLength(1);
    expect(problems(8, "batch")).toEqual([]);
    expect(problems(8, "sequence")).toHaveLength(1);
  });
});
