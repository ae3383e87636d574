/** Routers that give tokens different numbers of experts: top-p, relu, expert-threshold, seq-top-k. */
import { describe, expect, it } from "vitest";
import dynamicTopP from "../../src/routers/dynamic/dynamic-top-p.ts";
import expertThreshold from "../../src/routers/dynamic/expert-threshold.ts";
import relu from "../../src/routers/dynamic/relu.ts";
import seqTopK from "../../src/routers/dynamic/seq-top-k.ts";
import topP from "../../src/routers/dynamic/top-p.ts";
import { identity, matrix, route } from "../support/bodies.ts";
import { engines } from "../support/engines.ts";

const { log } = Math;
const scalar = (value: number) => ({ shape: [], values: [value] });
const likely = (rows: readonly (readonly number[])[]) => ({
  x: identity(rows.length),
  weight: matrix(rows.map((row) => row.map(log))),
});

function close(found: ArrayLike<number> | undefined, wanted: readonly number[]): void {
  expect(found?.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(found?.[i], `number ${i}`).toBeCloseTo(value, 6));
}

describe.each(engines)("on $name", (engine) => {
  it("top-p: the fewest experts that reach half, whatever their order", async () => {
    const sizes = { B: 1, T: 3, D: 3, E: 3, K: 2, V: 5, initStd: 0.02 };
    const rows = [
      [0.1, 0.3, 0.6], // 0.6 alone
      [0.25, 0.4, 0.35], // 0.4, then 0.35
      [1 / 3, 1 / 3, 1 / 3], // two of three, the lower ones
    ];
    const found = await route(engine, topP, sizes, { p: 0.5, entropyWeight: 0.1 }, "train", likely(rows));
    close(found["gate"], [0, 0, 0.6, 0, 0.4, 0.35, 1 / 3, 1 / 3, 0]);
    const entropy = rows.map((row) => -row.reduce((sum, p) => sum + p * log(p), 0));
    close(found["losses/entropy"], [(0.1 * entropy.reduce((a, b) => a + b)) / 3]);
    const without = await route(engine, topP, sizes, { p: 0.5, entropyWeight: 0 }, "train", likely(rows));
    expect(without["losses/entropy"]).toBeUndefined();
  });

  it("dynamic-top-p: the threshold goes up while tokens get fewer than K experts", async () => {
    const sizes = { B: 1, T: 3, D: 3, E: 3, K: 2, V: 5, initStd: 0.02 };
    const rows = [
      [0.1, 0.3, 0.6],
      [0.25, 0.4, 0.35],
      [0.1, 0.2, 0.7],
    ];
    const options = { start: 0.3, proportional: 0.6, integral: 0.3, entropyWeight: 0 };
    const given = { ...likely(rows), p: scalar(0.5), errors: scalar(0.4) };
    const found = await route(engine, dynamicTopP, sizes, options, "train", given);
    close(found["gate"], [0, 0, 0.6, 0, 0.4, 0.35, 0, 0, 0.7]);
    // 4 of 3 tokens, 2 are wanted: e = 1 - (4/3) / 2 = 1/3; the sum of errors is 0.4 + 1/3.
    close(found["state/errors"], [0.4 + 1 / 3]);
    close(found["state/p"], [0.3 + 0.6 / 3 + 0.3 * (0.4 + 1 / 3)]);
    const far = await route(engine, dynamicTopP, sizes, options, "train", { ...given, errors: scalar(9) });
    close(far["state/p"], [1]);
  });

  it.each([
    // 4 gates of 3 tokens are 4/3 experts a token.
    [2, (2 / 3) * (7 / 3), 0.5 / 1.2], // fewer than 2: less sparsity; load E/K * 1/3 = 2/3 of each
    [1, (4 / 3) * (7 / 3), 0.5 * 1.2],
  ])(
    "relu with K = %i: gates above zero, a penalty by load, its weight after the number of experts",
    async (K, penalty, next) => {
      const sizes = { B: 1, T: 3, D: 3, E: 4, K, V: 5, initStd: 0.02 };
      const weight = matrix([
        [1, -1, 2, 0],
        [-2, 3, -2, 1],
        [-1, -1, -1, -1],
      ]);
      const given = { x: identity(3), weight, lambda: scalar(0.5) };
      const found = await route(engine, relu, sizes, { start: 1e-8, growth: 1.2 }, "train", given);
      close(found["gate"], [1, 0, 2, 0, 0, 3, 0, 1, 0, 0, 0, 0]);
      // Each expert has one of three tokens; mean gates are 1/3, 1, 2/3, 1/3, which sum to 7/3.
      close(found["losses/sparsity"], [0.5 * penalty]);
      close(found["state/lambda"], [next]);
    },
  );

  it("expert-threshold: above the running threshold, in every mode; the threshold follows the batch's K S / E-th", async () => {
    const sizes = { B: 2, T: 3, D: 6, E: 3, K: 1, V: 5, initStd: 0.02 };
    const given = {
      ...likely([
        [0.6, 0.3, 0.1],
        [0.5, 0.1, 0.4],
        [0.1, 0.7, 0.2],
        [0.2, 0.2, 0.6],
        [0.3, 0.32, 0.38],
        [0.8, 0.1, 0.1],
      ]),
      // Thresholds 0.55, 0.25, 0.45.
      cutoff: { shape: [3], values: [0.11, 0.05, 0.09] },
      cutoff_weight: scalar(0.2),
    };
    const gates = [0.6, 0.3, 0, 0, 0, 0, 0, 0.7, 0, 0, 0, 0.6, 0, 0.32, 0, 0.8, 0, 0];
    for (const mode of ["train", "eval", "causal-eval"] as const) {
      const found = await route(engine, expertThreshold, sizes, { keep: 0.9 }, mode, given);
      close(found["gate"], gates);
      if (mode !== "train") continue;
      // Second best of six: 0.6, 0.32, 0.4; a tenth of each.
      close(found["state/cutoff"], [0.099 + 0.06, 0.045 + 0.032, 0.081 + 0.04]);
      close(found["state/cutoff_weight"], [0.18 + 0.1]);
    }
  });

  it("seq-top-k: the K T best pairs of a sequence; a threshold where only the past may count", async () => {
    const sizes = { B: 2, T: 2, D: 4, E: 3, K: 1, V: 5, initStd: 0.02 };
    const given = {
      ...likely([
        [0.6, 0.39, 0.01], // 0.6 and 0.39 are the best two of sequence 0
        [0.35, 0.33, 0.32],
        [0.1, 0.2, 0.7], // 0.7 and 0.5 of sequence 1
        [0.5, 0.45, 0.05],
      ]),
      cutoff: scalar(0.08),
      cutoff_weight: scalar(0.2),
    };
    const found = await route(engine, seqTopK, sizes, {}, "train", given);
    close(found["gate"], [0.6, 0.39, 0, 0, 0, 0, 0, 0, 0.7, 0.5, 0, 0]);
    // The lowest taken: 0.39 and 0.5, mean 0.445.
    close(found["state/cutoff"], [0.99 * 0.08 + 0.01 * 0.445]);
    // At or above 0.08 / 0.2 = 0.4.
    const causal = await route(engine, seqTopK, sizes, {}, "causal-eval", given);
    close(causal["gate"], [0.6, 0, 0, 0, 0, 0, 0, 0, 0.7, 0.5, 0.45, 0]);
  });
});
