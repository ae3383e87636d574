/** Experts with room for few tokens: switch and gshard. */
import { describe, expect, it } from "vitest";
import gshard from "../../src/routers/capacity/gshard.ts";
import switchRouter from "../../src/routers/capacity/switch.ts";
import { identity, matrix, route } from "../support/bodies.ts";
import { engines } from "../support/engines.ts";
import { tinySettings } from "../support/tiny.ts";

/** x is the identity, so these are the probabilities of the tokens. */
const likely = (rows: readonly (readonly number[])[]) => ({
  x: identity(rows.length),
  weight: matrix(rows.map((row) => row.map(Math.log))),
});

function close(found: ArrayLike<number> | undefined, wanted: readonly (readonly number[])[]): void {
  expect(found?.length).toBe(wanted.flat().length);
  wanted.flat().forEach((value, i) => expect(found?.[i], `number ${i}`).toBeCloseTo(value, 6));
}

describe.each(engines)("on $name", (engine) => {
  it("switch: the last of three that want one expert of two goes past all in training", async () => {
    const sizes = { B: 2, T: 3, D: 6, E: 2, K: 1, V: 5, initStd: 0.02 };
    const given = likely([
      [0.8, 0.2],
      [0.7, 0.3],
      [0.6, 0.4],
      [0.9, 0.1],
      [0.2, 0.8],
      [0.6, 0.4],
    ]);
    // Room for ceil(1 * 1 * 3 / 2) = 2 tokens of each sequence, 3 in evaluation.
    const options = { capacityFactor: 1, evaluationCapacityFactor: 2 };
    const last = [
      [0.9, 0],
      [0, 0.8],
      [0.6, 0],
    ];
    const training = await route(engine, switchRouter, sizes, options, "train", given);
    close(training["gate"], [[0.8, 0], [0.7, 0], [0, 0], ...last]);
    const evaluation = await route(engine, switchRouter, sizes, options, "eval", given);
    close(evaluation["gate"], [[0.8, 0], [0.7, 0], [0.6, 0], ...last]);
  });

  describe("gshard", () => {
    const sizes = { B: 1, T: 3, D: 3, E: 3, K: 2, V: 5, initStd: 0.02 };
    const given = {
      ...likely([
        [0.6, 0.3, 0.1], // experts 0 and 1 with 2/3, 1/3
        [0.5, 0.4, 0.1], // 0 and 1 with 5/9, 4/9
        [0.2, 0.5, 0.3], // 1 and 2 with 5/8, 3/8
      ]),
      // The second is used below 2 g2 = 0.67, 0.89, 0.75: yes, no, yes.
      second: matrix([[0.5], [0.9], [0.7]]),
    };
    // Room for ceil(0.5 * 2 * 3 / 3) = 1 token in training.
    const options = { capacityFactor: 0.5, evaluationCapacityFactor: 2 };

    it("gives room to tokens in their order", async () => {
      const found = await route(engine, gshard, sizes, { ...options, queue: "tokens-first" }, "train", given);
      // Expert 1 takes token 0's second choice, and has no room for token 2's first.
      close(found["gate"], [
        [2 / 3, 1 / 3, 0],
        [0, 0, 0],
        [0, 0, 3 / 8],
      ]);
    });

    it("or, as in the paper, to first choices before second ones; not where only the past may count", async () => {
      const paper = { ...options, queue: "choices-first" };
      const found = await route(engine, gshard, sizes, paper, "train", given);
      close(found["gate"], [
        [2 / 3, 0, 0],
        [0, 0, 0],
        [0, 5 / 8, 3 / 8],
      ]);
      const tight = { ...paper, evaluationCapacityFactor: 0.5 };
      const causal = await route(engine, gshard, sizes, tight, "causal-eval", given);
      close(causal["gate"], [
        [2 / 3, 1 / 3, 0],
        [0, 0, 0],
        [0, 0, 3 / 8],
      ]);
      expect(["tokens-first", "choices-first"].map((queue) => gshard.causal({ queue }))).toEqual([
        true,
        false,
      ]);
    });

    it("uses every second choice in evaluation", async () => {
      const found = await route(engine, gshard, sizes, { ...options, queue: "tokens-first" }, "eval", given);
      close(found["gate"], [
        [2 / 3, 1 / 3, 0],
        [5 / 9, 4 / 9, 0],
        [0, 5 / 8, 3 / 8],
      ]);
    });
  });
});

it("each wants its own number of experts a token", () => {
  const { model, data } = tinySettings({}); // top 2
  expect(switchRouter.problems({}, model, data)).toMatchObject([{ path: "model.topK" }]);
  expect(switchRouter.problems({}, { ...model, topK: 1 }, data)).toEqual([]);
  expect(gshard.problems({}, model, data)).toEqual([]);
  expect(gshard.problems({}, { ...model, topK: 3 }, data)).toMatchObject([{ path: "model.topK" }]);
});
