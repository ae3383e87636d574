/** Relatives of the linear router: noisy-top-k, cosine, self-routing; and round-robin. */
import { describe, expect, it } from "vitest";
import roundRobin from "../../src/routers/fixed/round-robin.ts";
import selfRouting from "../../src/routers/fixed/self-routing.ts";
import cosine from "../../src/routers/softmax/cosine.ts";
import noisyTopK from "../../src/routers/softmax/noisy-top-k.ts";
import { identity, matrix, route, rowsOf } from "../support/bodies.ts";
import { engines } from "../support/engines.ts";
import { tinySettings } from "../support/tiny.ts";

const { log, exp } = Math;

function close(found: ArrayLike<number> | undefined, wanted: readonly number[]): void {
  expect(found?.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(found?.[i], `number ${i}`).toBeCloseTo(value, 5));
}

describe.each(engines)("on $name", (engine) => {
  it("noisy-top-k: normal noise times a learned softplus, in training alone", async () => {
    const sizes = { B: 1, T: 2, D: 2, E: 4, K: 2, V: 5, initStd: 0.02 };
    const given = {
      x: identity(2),
      weight: matrix([
        [log(1), log(2), log(4), log(1)],
        [0, 0, 0, 0],
      ]),
      // softplus(0) = ln 2; softplus(ln(e - 1)) = 1.
      noise_weight: matrix([Array(4).fill(0) as number[], Array(4).fill(log(exp(1) - 1)) as number[]]),
      logits: matrix([
        [3, 0, 0, 0],
        [log(3), 0, 0, -1],
      ]),
    };
    const noisy = await route(engine, noisyTopK, sizes, {}, "train", given);
    // Token 0: e^H = 1 * 2^3, 2, 4, 1. Token 1: 3, 1, 1, 1/e.
    expect(rowsOf(noisy["expert"]!, 2)).toEqual([
      [0, 2],
      [0, 1],
    ]);
    close(noisy["gate"], [8 / 12, 4 / 12, 3 / 4, 1 / 4]);
    close(noisy["probs"]!.subarray(0, 4), [8 / 15, 2 / 15, 4 / 15, 1 / 15]);
    const plain = await route(engine, noisyTopK, sizes, {}, "eval", given);
    expect([...plain["expert"]!]).toEqual([2, 1, 0, 1]);
    close(plain["gate"], [4 / 6, 2 / 6, 0.5, 0.5]);
  });

  it("cosine: lengths of tokens and experts do not matter, and the temperature has a floor", async () => {
    const sizes = { B: 1, T: 2, D: 2, E: 3, K: 2, V: 5, initStd: 0.02 };
    const given = (scale: number) => ({
      x: matrix([
        [3, 4],
        [0.6, 0.8],
      ]),
      project: matrix([
        [2, 0],
        [0, 2],
      ]),
      experts: matrix([
        [5, 0, -1],
        [0, 0.1, 0],
      ]),
      log_scale: { shape: [], values: [log(scale)] },
    });
    const options = { dimension: 2, renormalise: true };
    const found = await route(engine, cosine, sizes, options, "train", given(10));
    // The direction (0.6, 0.8) against (1, 0), (0, 1), (-1, 0).
    close(found["logits"], [6, 8, -6, 6, 8, -6]);
    expect([...found["expert"]!]).toEqual([1, 0, 1, 0]);
    const larger = 1 / (1 + exp(-2));
    close(found["gate"], [larger, 1 - larger, larger, 1 - larger]);
    // 1 / 0.01 at most.
    const sharp = await route(engine, cosine, sizes, options, "train", given(1000));
    sharp["logits"]!.forEach((logit, i) => expect(logit).toBeCloseTo([60, 80, -60][i % 3]!, 3));
  });

  it("self-routing: the first E numbers of the state are the logits", async () => {
    const sizes = { B: 1, T: 2, D: 4, E: 3, K: 2, V: 5, initStd: 0.02 };
    const x = matrix([
      [log(1), log(4), log(2), 9],
      [0, -1, 1, 9],
    ]);
    const found = await route(engine, selfRouting, sizes, {}, "eval", { x });
    expect([...found["expert"]!]).toEqual([1, 2, 2, 0]);
    close(found["gate"], [4 / 6, 2 / 6, exp(1) / (1 + exp(1)), 1 / (1 + exp(1))]);
    close(found["probs"]!.subarray(0, 3), [1 / 7, 4 / 7, 2 / 7]);
  });

  it("round-robin: experts in turn, with equal gates", async () => {
    const sizes = { B: 1, T: 3, D: 2, E: 5, K: 2, V: 5, initStd: 0.02 };
    const found = await route(engine, roundRobin, sizes, {}, "eval", {
      x: matrix([
        [0, 0],
        [0, 0],
        [0, 0],
      ]),
    });
    expect(rowsOf(found["expert"]!, 2)).toEqual([
      [0, 1],
      [2, 3],
      [4, 0],
    ]);
    close(found["gate"], Array(6).fill(0.5) as number[]);
  });
});

it("a state narrower than the number of experts has too few logits", () => {
  const { model, data } = tinySettings({ model: { experts: 9 } }); // width 8
  expect(selfRouting.problems({}, model, data)).toMatchObject([{ path: "model.experts" }]);
});
